-- Check and decrement, in one step that nothing interrupts. It keeps no hold, nothing expires, no
-- change is on record, and a retry takes units twice: much less than Doorbuster does for a hold, so
-- the comparison is in Redis' favour.
local left = tonumber(redis.call('GET', KEYS[1]))
if left < tonumber(ARGV[1]) then return -1 end
return redis.call('DECRBY', KEYS[1], ARGV[1])
