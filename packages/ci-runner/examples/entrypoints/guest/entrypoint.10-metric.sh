# With the functions of the original, as guest.
aws_cloudwatch_put_metric_data GuestBoots 1 "Image=${IMAGE_NAME:-unknown}"
