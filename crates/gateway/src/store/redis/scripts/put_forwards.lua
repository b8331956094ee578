-- Keeps posts that are to be passed on, each under the next number.
--
-- KEYS  the posts, the last number, then the queue of each post
-- ARGV  the posts
for i, post in ipairs(ARGV) do
  local number = redis.call('INCR', KEYS[2])
  redis.call('HSET', KEYS[1], number, post)
  redis.call('ZADD', KEYS[2 + i], number, number)
end
return 1
