// Emoji by their Slack shortcodes: the ones a work conversation really uses.

const TABLE = `
smile 😄|smiley 😃|grinning 😀|grin 😁|laughing 😆|sweat_smile 😅|joy 😂|slightly_smiling_face 🙂|wink 😉|blush 😊
sunglasses 😎|thinking_face 🤔|neutral_face 😐|expressionless 😑|confused 😕|worried 😟|cry 😢|sob 😭|scream 😱|weary 😩
sleeping 😴|partying_face 🥳|face_with_monocle 🧐|nerd_face 🤓|exploding_head 🤯|upside_down_face 🙃|salute 🫡|robot_face 🤖|ghost 👻|brain 🧠
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|ok_hand 👌|wave 👋|raised_hands 🙌|clap 👏|pray 🙏|muscle 💪
point_up ☝️|point_down 👇|point_left 👈|point_right 👉|raised_hand ✋|handshake 🤝|eyes 👀|speech_balloon 💬|thought_balloon 💭|writing_hand ✍️
heart ❤️|green_heart 💚|blue_heart 💙|yellow_heart 💛|broken_heart 💔|sparkles ✨|star ⭐|star2 🌟|tada 🎉|confetti_ball 🎊
fire 🔥|boom 💥|zap ⚡|rocket 🚀|trophy 🏆|first_place_medal 🥇|gift 🎁|birthday 🎂|coffee ☕|beers 🍻
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|heavy_multiplication_x ✖️|negative_squared_cross_mark ❎|warning ⚠️|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑
exclamation ❗|heavy_exclamation_mark ❗|bangbang ‼️|question ❓|grey_question ❔|information_source ℹ️|rotating_light 🚨|bell 🔔|no_bell 🔕|mega 📣
red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|large_purple_circle 🟣|large_brown_circle 🟤|white_circle ⚪|black_circle ⚫|radio_button 🔘
large_red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨|large_green_square 🟩|large_blue_square 🟦|white_large_square ⬜|black_large_square ⬛|small_blue_diamond 🔹|small_orange_diamond 🔸|large_blue_diamond 🔷
chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊|chart 💹|moneybag 💰|dollar 💵|pound 💷|euro 💶|credit_card 💳|money_with_wings 💸
package 📦|truck 🚚|articulated_lorry 🚛|ship 🚢|airplane ✈️|factory 🏭|department_store 🏬|convenience_store 🏪|shopping_trolley 🛒|shopping_bags 🛍️
label 🏷️|pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗|memo 📝|pencil ✏️|clipboard 📋|page_facing_up 📄|bookmark_tabs 📑
books 📚|newspaper 📰|email 📧|incoming_envelope 📨|inbox_tray 📥|outbox_tray 📤|mailbox 📫|telephone_receiver 📞|computer 💻|desktop_computer 🖥️
hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|alarm_clock ⏰|clock9 🕘|calendar 📆|date 📅|spiral_calendar_pad 🗓️|sunrise 🌅|sunny ☀️
cloud ☁️|rain_cloud 🌧️|snowflake ❄️|rainbow 🌈|seedling 🌱|evergreen_tree 🌲|palm_tree 🌴|earth_africa 🌍|globe_with_meridians 🌐|moon 🌔
lock 🔒|unlock 🔓|key 🔑|shield 🛡️|mag 🔍|mag_right 🔎|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|gear ⚙️
bulb 💡|battery 🔋|electric_plug 🔌|satellite_antenna 📡|test_tube 🧪|microscope 🔬|pill 💊|ambulance 🚑|fire_engine 🚒|construction 🚧
arrow_up ⬆️|arrow_down ⬇️|arrow_left ⬅️|arrow_right ➡️|arrow_upper_right ↗️|arrow_lower_right ↘️|arrows_counterclockwise 🔄|repeat 🔁|leftwards_arrow_with_hook ↩️|soon 🔜
small_red_triangle 🔺|small_red_triangle_down 🔻|arrow_forward ▶️|double_vertical_bar ⏸️|black_square_for_stop ⏹️|fast_forward ⏩|heavy_plus_sign ➕|heavy_minus_sign ➖|infinity ♾️|recycle ♻️
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|zero 0️⃣
busts_in_silhouette 👥|bust_in_silhouette 👤|office 🏢|house 🏠|hospital 🏥|bank 🏦|dart 🎯|compass 🧭|checkered_flag 🏁|triangular_flag_on_post 🚩
crystal_ball 🔮|thermometer 🌡️|scales ⚖️|magnet 🧲|jigsaw 🧩|dog 🐶|cat 🐱|snail 🐌|turtle 🐢|bug 🐛
`;

const entries = TABLE.trim()
  .split(/[\n|]/)
  .map((pair) => {
    const gap = pair.lastIndexOf(" ");
    return [pair.slice(0, gap), pair.slice(gap + 1)];
  });

/** Shortcode to character. */
export const CHARACTERS = new Map(entries);

const bare = (character) => character.replaceAll("\uFE0F", "");

/** Character, without its variation selector, to the first shortcode that draws it. */
export const NAMES = new Map([...entries].reverse().map(([name, character]) => [bare(character), name]));

export function nameOf(character) {
  return NAMES.get(bare(character));
}
