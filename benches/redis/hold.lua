-- The same and what makes it a hold: a record under the buyer's id that expires, and an entry in a
-- journal. Still nothing gives the units of an expired hold back, and nothing is an order.
local left = tonumber(redis.call('GET', KEYS[1]))
if left < tonumber(ARGV[1]) then return -1 end
left = redis.call('DECRBY', KEYS[1], ARGV[1])
redis.call('SET', 'hold:' .. ARGV[2], ARGV[1], 'EX', 120)
redis.call('XADD', 'journal', '*', 'hold', ARGV[2], 'qty', ARGV[1], 'left', left)
return left
