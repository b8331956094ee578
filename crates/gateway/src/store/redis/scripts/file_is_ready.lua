-- Says that a file is ready; 0 when it is not there any more.
--
-- KEYS  the file
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'ready', '1')
return 1
