-- A hold on one unit. The request never changes, so wrk builds it once and no Lua runs under load.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"product_id": ' .. os.getenv("PRODUCT_ID") .. ', "qty": 1}'
