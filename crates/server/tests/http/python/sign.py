"""Signs deliveries with the libraries that payment services publish.

Reads a JSON list of {"scheme", "secret", "id", "time", "body"} from standard input, and writes a
list of the headers that each library makes to standard output.
"""

import datetime
import json
import sys

import standardwebhooks
import stripe


def stripes(delivery):
    header = stripe.WebhookSignature.generate_signature_header(
        delivery["body"], delivery["secret"], delivery["time"]
    )
    return {"Stripe-Signature": header}


def standard(delivery):
    time = datetime.datetime.fromtimestamp(delivery["time"], tz=datetime.timezone.utc)
    webhook = standardwebhooks.Webhook(delivery["secret"])
    return {
        "webhook-id": delivery["id"],
        "webhook-timestamp": str(delivery["time"]),
        "webhook-signature": webhook.sign(delivery["id"], time, delivery["body"]),
    }


SCHEMES = {"stripe": stripes, "standard": standard}

json.dump([SCHEMES[each["scheme"]](each) for each in json.load(sys.stdin)], sys.stdout)
