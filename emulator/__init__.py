"""The pretend Bitrix24 portal: a real HTTP server for demonstrations and tests, no product code.

Source of its behaviour: the official REST documentation; unconfirmed choices carry `[U]`.
"""
