"""The errors of endpoints and their deliveries."""

from faceplatform.errors import FaceplatformError


class EndpointNotFound(FaceplatformError):
    code = "webhook_endpoint_not_found"
    status = 404
    title = "This client has no such endpoint"


class EndpointLimitReached(FaceplatformError):
    code = "webhook_endpoint_limit_reached"
    status = 409
    title = "The client has as many endpoints as its limits allow"


class EndpointExists(FaceplatformError):
    code = "webhook_endpoint_exists"
    status = 409
    title = "Another endpoint of the client has this URL; change that one"


class EndpointIsDisabled(FaceplatformError):
    code = "webhook_endpoint_disabled"
    status = 409
    title = "The endpoint was disabled after failures; resume it first"


class TestInProgress(FaceplatformError):
    code = "webhook_test_in_progress"
    status = 409
    title = "Another test is being sent; try again once it is answered"


class TooManyTests(FaceplatformError):
    code = "throttled"
    status = 429
    title = "Too many tests of endpoints"


class DeliveryNotFound(FaceplatformError):
    code = "webhook_delivery_not_found"
    status = 404
    title = "This client has no such delivery"


class DeliveryInProgress(FaceplatformError):
    code = "webhook_delivery_in_progress"
    status = 409
    title = "The delivery is being sent at this moment"
