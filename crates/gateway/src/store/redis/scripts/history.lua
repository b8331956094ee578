-- All that is kept of a conversation, as of one moment.
--
-- KEYS  its meta, log, send, raw
return {
  redis.call('HGETALL', KEYS[1]), redis.call('XRANGE', KEYS[2], '-', '+'), redis.call('HVALS', KEYS[3]),
  redis.call('LRANGE', KEYS[4], 0, -1),
}
