"""What may and what may not be said of the morning in grounds.py; written by hand."""

TRUE = """
Net revenue is £412k month to date, 3.2% above the plan to date of £400k
Net revenue is £412,340 month to date, £12.8k above plan
Month to date net revenue is ahead of plan
Net revenue was £97.8k over the last 7 days, down 6.1% from £104k in the 7 days before
Over the last 7 days net revenue fell by 6.1% to £97.8k
In the last 7 days net revenue was down £6,350 on the 7 days before
Net revenue fell from £104.2k to £97.8k in the last 7 days
Over the last 7 days net revenue and orders both fell
Orders and net revenue fell over the last 7 days
Over the last 7 days orders were 412, 5.9% fewer than in the 7 days before
Over the last 7 days there were 412 orders, down from 438
Orders were 26 lower than in the 7 days before
412 orders came in over the last 7 days
Over the last 7 days DTC net revenue rose 2.0% to £61.2k
Net revenue in DTC was £61.2k over the last 7 days
Over the last 7 days net revenue was £61.2k in DTC
Over the last 7 days DTC net revenue rose and wholesale fell
Wholesale net revenue fell 17% over the last 7 days
Average order value was flat over the last 7 days, £239.80 against £239.10 in the 7 days before
Average order value was £240 over the last 7 days, level with the 7 days before
DTC orders were little changed over the last 7 days
Over the last 7 days refunds jumped to £4,310 from £2,150
Refunds worsened over the last 7 days
Late shipments worsened to 9 from 4
There are 9 late shipments, up from 4
Over the last 7 days wholesale took £7,550 off net revenue and DTC added £1,200
Over the last 7 days fewer orders took £6,210 off net revenue, larger baskets added £2,020
Over the last 7 days larger baskets added £2,020 and higher refunds took £2,160 off net revenue
Net revenue fell over the last 7 days, driven by wholesale
Net revenue fell 6.1% over the last 7 days, due to fewer orders
MER was 8.1 over the last 7 days, below the target of 9.0
MER missed its target over the last 7 days
Over the last 7 days MER was 9.6% below target
Over the last 7 days MER fell from 9.2 to 8.1, below target
Ad spend rose 6.2% to £12.0k over the last 7 days
85123A has 4.2 days of cover
85123A has 4 days of cover, below the target of 21 days
85123A runs out on 2 Dec
SKU 22423 has 63 days of cover, above target
12 of 40 key SKUs are below cover target
All 2 queues are empty
Both queues are empty
1 of 4 sources is stale
Shopify orders are stale: the last good value is 26 hours old
ShipBob and Meta ads are fresh
ShipBob, Meta ads and HubSpot are all fresh
Logistics needs attention: 85123A has 4 days of cover
Logistics and Marketing need attention
2 of 3 departments need attention
Two departments need attention
Order 581483 was £168k, 85% of gross revenue on 19 Nov
Gross revenue was £198k on 19 Nov and net revenue was £29.6k
The health score is 72/100, up from 70
The score is 72 of 100 with a confidence of 85%
Over the last 7 days orders were about 400
More than 400 orders came in over the last 7 days
Over the last 7 days net revenue was almost £98k
Net revenue stands at £412k month to date, £12.8k ahead of plan
Revenue month to date beat the plan of £400k by 3.2%
Net revenue is £412k so far this month against a plan of £400k
Over the last 7 days net revenue slipped to £97.8k
Net revenue for the last 7 days came to £97.8k
Orders slipped 5.9% to 412 in the last 7 days
Orders fell by 26 to 412 over the last 7 days
Refunds surged to £4,310 over the last 7 days
Refunds were £2,160 higher than in the 7 days before
There are 63 days of cover for SKU 22423
Ad spend of £12.0k was up £700 over the last 7 days
MER fell short of its target over the last 7 days
MER slipped to 8.1 against a target of 9.0 over the last 7 days
Late shipments rose from 4 to 9
Marketing and Logistics both need attention
Three of four sources are fresh
3 sources are fresh
HubSpot is fresh
Net revenue of £97.8k over the last 7 days was down 6.1%
On 19 Nov net revenue was £29.6k on gross revenue of £198k
Net revenue weakened over the last 7 days
The score improved to 72 from 70
Wholesale took £7,550 off over the last 7 days
"""

FALSE = """
Net revenue is £421k month to date
Net revenue is £412k month to date, 3.2% below the plan to date of £400k
Net revenue is £412k month to date, 2.3% above plan
Net revenue is £412k month to date, above the plan to date of £390k
Net revenue is £412m month to date
Net revenue is €412k month to date
Net revenue is 412k month to date
Month to date net revenue is behind plan
Month to date net revenue missed its plan
Net revenue was £412k over the last 7 days
Net revenue was £97.8k month to date
Net revenue was £97.8k over the last 7 days, up 6.1% from £104k in the 7 days before
Net revenue was £104k over the last 7 days, down 6.1% from £97.8k in the 7 days before
Over the last 7 days net revenue fell by 6.1 points to £97.8k
Over the last 7 days net revenue rose to £97.8k
Net revenue was £97.8k in the 7 days before
In the 7 days before net revenue was £97.8k
Net revenue rose to £97.8k in the 7 days before
Net revenue was down 6.1% in the 7 days before
Over the last 7 days net revenue collapsed
Over the last 7 days net revenue fell slightly
Over the last 7 days net revenue was flat
Over the last 7 days orders and refunds both fell
Over the last 7 days orders, refunds and net revenue all fell
Over the last 7 days both net revenue fell
Over the last 7 days orders were 438, down from 412
Over the last 7 days orders were 412, 5.9% more than in the 7 days before
Over the last 7 days orders were £412
Over the last 7 days orders were 412 days
Over the last 7 days orders were 371
Over the last 7 days DTC orders were 412
Over the last 7 days net revenue was £97.8k in DTC
Over the last 7 days net revenue was £61.2k in wholesale
Over the last 7 days DTC net revenue fell and wholesale rose
Over the last 7 days orders rose more than net revenue
Over the last 7 days DTC net revenue rose more than wholesale
Orders are above net revenue
Refunds improved over the last 7 days
Refunds fell over the last 7 days
Late shipments improved to 9 from 4
Late shipments are down to 9
There are 4 late shipments
There are 9 late shipments over the last 7 days
Over the last 7 days wholesale added £7,550 to net revenue
Over the last 7 days wholesale took £1,200 off net revenue
Over the last 7 days DTC and wholesale took £7,550 off net revenue
Over the last 7 days more orders took £6,210 off net revenue
Over the last 7 days fewer orders took £6,210 off gross revenue
Over the last 7 days refunds took £6,210 off net revenue
Net revenue fell over the last 7 days, driven by DTC
Net revenue fell over the last 7 days, driven by higher refunds
Orders fell over the last 7 days, due to wholesale
Net revenue fell over the last 7 days because of ad spend
Net revenue fell because marketing failed
MER was 8.1 over the last 7 days, above the target of 9.0
MER was 8.1 over the last 7 days, below the target of 8.0
MER met its target over the last 7 days
MER was 8.1% over the last 7 days
Ad spend improved over the last 7 days
85123A has 42 days of cover
85123A has 63 days of cover
SKU 22423 has 4 days of cover
85123A has 4 hours of cover
85123A runs out on 12 Dec
85123A runs out on 2 Jan
85123A is above target
13 of 40 key SKUs are below cover target
12 of 41 key SKUs are below cover target
All key SKUs are below cover target
13 key SKUs are below cover target
2 of 4 sources are stale
All sources are fresh
All 4 sources are fresh
ShipBob is stale
ShipBob and Shopify orders are fresh
Both ShipBob, Meta ads and HubSpot are fresh
Sales needs attention
Logistics and Sales need attention
Three departments need attention
All departments need attention
Logistics is as planned
Order 581483 was £168k, 58% of gross revenue on 19 Nov
Order 581483 was £168k, 85% of net revenue on 19 Nov
Order 581483 was £198k on 19 Nov
Gross revenue was £29.6k on 19 Nov and net revenue was £198k
The health score is 27/100
The health score is 72/10
The score is 72 of 100 with a confidence of 95%
The score is 72, down from 70
Net revenue is not below plan month to date
Net revenue is £412k month to date, the best month ever
Net revenue will be above plan
Month to date net revenue is above plan, so buy more stock
Orders were almost 400 over the last 7 days
Orders were more than 420 over the last 7 days
Orders were about 450 over the last 7 days
<!channel> net revenue is above plan month to date
Net revenue is above plan month to date, see http://example.com
@ceo net revenue is above plan month to date
Acme net revenue is £412k month to date
Net revenue was £97.8k
Orders were 412 units
Over the last 7 days orders fell 5.9% to £97.8k
Over the last 7 days net revenue, £97.8k, and orders, 438, fell
Orders were 22423
Net revenue is £0.4m month to date, up on the 7 days before
Net revenue reached £412k over the last 7 days
Net revenue stands at £399k month to date
Orders slumped 5.9% over the last 7 days
Orders surged over the last 7 days
Over the last 7 days orders and average order value both rose
Over the last 7 days orders fell while DTC rose 5.9%
Over the last 7 days net revenue fell 6.1%; orders fell 6.1%
DTC net revenue fell 6.1% over the last 7 days
Over the last 7 days DTC fell 17% and wholesale rose 2.0%
Over the last 7 days DTC: net revenue was £97.8k
MER fell to 9.2 from 8.1 over the last 7 days
MER is on target over the last 7 days
MER is 8.1 points over the last 7 days
MER was ahead of its target over the last 7 days
Over the last 7 days MER was 9.6% above target
Over the last 7 days MER fell by 9.6%
Refunds fell to £4,310 over the last 7 days
Refunds are better than in the 7 days before
Refunds improved by £2,160 over the last 7 days
Refunds more than doubled over the last 7 days
Late shipments halved
Late shipments are 9, below the 4 of the 7 days before
There are 9 open shipments
9 orders are late
Over the last 7 days wholesale contributed £7,550 to net revenue
Wholesale took £7,550 off orders over the last 7 days
Fewer orders added £6,210 to net revenue over the last 7 days
Larger baskets took £2,020 off net revenue over the last 7 days
Net revenue is £412k month to date, driven by wholesale
Ad spend fell over the last 7 days, driven by fewer orders
Ad spend rose 6.2% to £11.3k over the last 7 days
Ad spend was £12.0k, above target over the last 7 days
22423 runs out on 2 Dec
85123A runs out on 19 Nov
85123A runs out in 2 days
SKU 22423 runs out on 2 Dec
85123A has 4 days of cover, above the target of 21 days
85123A has 21 days of cover
All but 12 of the 40 key SKUs are below cover target
28 of 40 key SKUs are below cover target
12 of 40 sources are stale
ShipBob, Meta ads and Shopify orders are fresh
Every source is fresh
Each department needs attention
One department needs attention
Logistics, Marketing and Sales need attention
Sales and Marketing need attention
Order 581483 made up 85% of net revenue on 19 Nov
Order 581483 made up £198k of gross revenue on 19 Nov
Orders were 581,483 over the last 7 days
The health score is 72 points
The health score is 72%
The health score is 100
The health score rose to 70 from 72
Confidence is 72%
Confidence is 85
Net revenue month to date is £412k and orders are 412
Net revenue is £412k month to date and £97.8k over the last 7 days
On 19 Nov net revenue was £198k
Net revenue on 19 Nov was £97.8k
On 20 Nov net revenue was £29.6k
Yesterday net revenue fell
Revenue is £12.8k below plan month to date
Revenue is under the £399,500 plan month to date
Revenue month to date exceeded plan by £13.8k
Revenue month to date missed plan by 3.2%
Revenue month to date met the plan of £412k
Net revenue of £97.8k over the last 7 days beat £104k
Only 412 orders came in over the last 7 days
A record 412 orders came in over the last 7 days
Orders keep falling
Orders fell again over the last 7 days
Customers bought fewer orders
Shopify orders are 26 hours old and fresh
Shopify orders are stale: the last good value is 26 days old
Shopify orders are stale: the last good value is 2 hours old
HubSpot is stale: the last good value is 26 hours old
Meta ads are stale
Nearly 412 orders came in over the last 7 days
Over 440 orders came in over the last 7 days
Under 400 orders came in over the last 7 days
Roughly 430 orders came in over the last 7 days
Over the last 7 days orders were between 400 and 420
Over the last 7 days orders were 412-438
Over the last 7 days orders were 4 12
Over the last 7 days orders were 412.5
Over the last 7 days orders were 4e2
Over the last 7 days orders were four hundred
Over the last 7 days orders were twelve
Net revenue was −£97.8k over the last 7 days
Net revenue was -£97.8k over the last 7 days
Over the last 7 days net revenue was GBP 97.8m
Over the last 7 days net revenue was USD 97.8k
Net revenue over the last 7 days was £97.8k higher
Orders were 412 lower over the last 7 days
Orders were 5.9% over the last 7 days
Over the last 7 days, 412 was net revenue
Net revenue rose in DTC and orders fell in DTC over the last 7 days
Over the last 7 days net revenue was £36.6k in DTC and £61.2k in wholesale
Over the last 7 days net revenue fell to £97.8k in wholesale
DTC, wholesale: net revenue was £97.8k
Net revenue is £412k, up 3.2% month to date
Net revenue month to date is £412k against £400k
Orders fell 5.9% over the last 7 days because fewer customers came
Over the last 7 days wholesale fell 17%, so net revenue fell 6.1%
Over the last 7 days DTC made up for wholesale
Over the last 7 days DTC added £1,200 to orders
Over the last 7 days net revenue and orders fell 6.1% and 5.9%
All departments but Sales are as planned
The score is 72, with confidence up
28 key SKUs are below cover target and 12 are fresh
85123A is below cover target
Both Logistics and Sales need attention
Every source but ShipBob is fresh
Net revenue was flat month to date
Spend rose 6.2% over the last 7 days, above target
MER beat its target over the last 7 days
Refunds beat plan over the last 7 days
Over the last 7 days net revenue was £97.8k and orders £97.8k
Over the last 7 days orders of £97.8k
Average order value rose sharply over the last 7 days
Average order value was £240 over the last 7 days, up from £412k
Late shipments doubled
Late shipments rose by 9
Late shipments fell by 5
Late shipments rose 25%
9 of 412 orders are late shipments
9 of 9 late shipments
Half of the key SKUs are below cover target
Over the last 7 days orders (412) were £97.8k
The plan to date is £412k
The target is 9.0
MER of 8.1 met the target of 8.0 over the last 7 days
MER was 8.1 over the last 7 days, 9.6 points below target
MER was 8.1 over the last 7 days, 0.9% below target
Net revenue is 3.2% above the target of 9.0 month to date
Net revenue was £97.8k over the last 7 days, 6.1% below plan
Over the last 7 days wholesale took £7,550 off gross revenue
Over the last 7 days higher refunds took £6,210 off net revenue
Over the last 7 days larger baskets added £2,160
Larger baskets added 2.0% over the last 7 days
Over the last 7 days fewer orders took £6,210 and £2,020 off net revenue
Net revenue fell over the last 7 days, driven by fewer orders and DTC
Net revenue rose over the last 7 days, driven by larger baskets
DTC net revenue fell over the last 7 days, driven by wholesale
Order 581483 was given back on 19 Nov
Order 581484 was £168k on 19 Nov
Order 581483 was £168k on 18 Nov
Order 581483 was £168k, 85% of gross revenue over the last 7 days
Customer 581483 was £168k on 19 Nov
Shopify orders are 26
Shopify orders were 412 over the last 7 days
ShipBob are stale
Meta ads and HubSpot are stale: the last good value is 26 hours old
4 of 4 sources are fresh
0 sources are stale
No sources are stale
Zero sources are stale
Confidence fell to 85%
The score fell to 72 from 70
The health score is 72 of 85
The health score is 72, 85% of 100
Score 72/100, up 2%
Net revenue month to date is 3% above plan, 3% above target and £412k above plan
Over the last 7 days net revenue fell £97.8k
Over the last 7 days net revenue fell from £97.8k
Over the last 7 days net revenue fell to £104k
Over the last 7 days orders rose from 412 to 438
Over the last 7 days orders fell from 412 to 438
Over the last 7 days refunds were down to £4,310
Over the last 7 days refunds were lower than in the 7 days before
Over the last 7 days more orders came in than in the 7 days before
Over the last 7 days fewer refunds were given than in the 7 days before
Over the last 7 days higher orders and lower refunds
Over the last 7 days lower net revenue and lower refunds
Net revenue was £104k, down from £97.8k over the last 7 days
Net revenue was £97.8k in 19 Nov
Net revenue yesterday was £97.8k
Yesterday's net revenue was £29.6k higher
On 19 Nov net revenue was £29.6k, up on the 7 days before
On 19 Nov net revenue was £29.6k, above plan
Stock-out date of 85123A is 12 Dec
85123A runs out on 2 Dec 2027
85123A runs out before 2 Dec
85123A ran out on 2 Dec
SKU 22423 runs out on 2 Dec
SKU 22423 has 63 days of cover, three times the target
SKU 22423 has 63 days of cover, below the target of 21 days
85123A and SKU 22423 have 4.2 days of cover
85123A and SKU 22423 are above target
Days of cover are 4.2
Ad spend over the last 7 days was £12.0k above plan
Ad spend over the last 7 days was better than in the 7 days before
Over the last 7 days ad spend took £12.0k off net revenue
"""


def lines(text: str) -> list[str]:
    """The sentences of a block."""
    return [line for line in text.strip().splitlines() if line]
