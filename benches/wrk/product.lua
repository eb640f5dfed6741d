-- Reads of one product. The request never changes, so no Lua runs under load. (Only whoever serves
-- products looks at the path.)
wrk.path = "/api/products/" .. os.getenv("PRODUCT_ID")
