-- Gives a conversation the vendor's id, from which moment on nothing is parked under that id.
--
-- KEYS  the name, the events that are parked under it
-- ARGV  the conversation, how many parked events it took along ('' when that does not count)
if ARGV[2] ~= '' and redis.call('LLEN', KEYS[2]) > tonumber(ARGV[2]) then
  redis.call('SET', KEYS[1], ARGV[1])
  return 0
end
redis.call('SET', KEYS[1], ARGV[1])
return 1
