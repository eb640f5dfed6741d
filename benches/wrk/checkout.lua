-- Whole checkouts: a hold, the order it becomes, and the provider's webhook that pays it.
--
-- wrk does not tell a script which connection an answer came on, so ids go from answers to
-- requests through two lists of the thread's: what was held waits to be ordered, what was ordered
-- to be paid. Each connection takes what is nearest to its end, so all checkouts are finished, and
-- there are as many of each request. Against the bare server, which gives no ids, a constant takes their place:
-- the generator, which takes a good part of two cores, goes through the same steps for both.
local json = { ["Content-Type"] = "application/json" }
local product = os.getenv("PRODUCT_ID")
local no_id = "00000000-0000-7000-8000-000000000000"
local click = nil
local held, ordered = {}, {}
local without_ids = 0

function init()
  click = wrk.format("POST", "/api/holds", json, '{"product_id": ' .. product .. ', "qty": 1}')
end

function request()
  local order_id = table.remove(ordered)
  if order_id then
    -- Providers' event ids are in no order: reversed, a time-ordered id begins with its random end.
    local body = '{"event_id": "evt_' .. order_id:reverse() .. '", "order_id": "' .. order_id
      .. '", "status": "paid"}'
    return wrk.format("POST", "/api/payments/webhook", json, body)
  end
  local hold_id = table.remove(held)
  if hold_id then
    return wrk.format("POST", "/api/orders", json, '{"hold_id": "' .. hold_id .. '"}')
  end
  return click
end

function response(status, headers, body)
  -- A webhook's answer names the order as well; only it has a result.
  if body:find('"result"', 1, true) then return end
  local order_id = body:match('"order_id": ?"([^"]+)"')
  if order_id then
    ordered[#ordered + 1] = order_id
    return
  end
  local hold_id = body:match('"hold_id": ?"([^"]+)"')
  if hold_id then
    held[#held + 1] = hold_id
    return
  end
  without_ids = without_ids + 1
  if without_ids % 3 == 1 then held[#held + 1] = no_id end
  if without_ids % 3 == 2 then ordered[#ordered + 1] = no_id end
end
