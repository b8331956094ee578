-- Uses a refresh token, and keeps the next one in its place; the rules are those of `Store::rotate_refresh`.
--
-- KEYS  the family
-- ARGV  the token's hash, the next one's, now, when the next one ends, the grace, how long the key is kept
local text = redis.call('HGET', KEYS[1], ARGV[1])
if not text then return {'expired'} end
local now, grace = tonumber(ARGV[3]), tonumber(ARGV[5])
local ends = tonumber(redis.call('HGET', KEYS[1], 'ends ' .. ARGV[1]))
if ends <= now then return {'expired'} end
local used = tonumber(redis.call('HGET', KEYS[1], 'used ' .. ARGV[1]) or '-1')
if used >= 0 and used + grace < now then
  -- Tokens that came after it, by when they end.
  local since = used + math.max(tonumber(ARGV[4]) - now, 0)
  local lost = {}
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    local hash = string.match(all[i], '^ends (.+)$')
    if hash and hash ~= ARGV[1] and tonumber(all[i + 1]) >= since then
      if redis.call('HEXISTS', KEYS[1], 'used ' .. hash) == 1 then
        redis.call('DEL', KEYS[1])
        return {'reused'}
      end
      lost[#lost + 1] = hash
    end
  end
  -- Nobody used them: the answer that held them was lost. They end, so that one of the two who may have
  -- it is noticed.
  for _, hash in ipairs(lost) do redis.call('HDEL', KEYS[1], hash, 'ends ' .. hash) end
  used = -1
end
if used < 0 then redis.call('HSET', KEYS[1], 'used ' .. ARGV[1], ARGV[3]) end
redis.call('HSET', KEYS[1], ARGV[2], text, 'ends ' .. ARGV[2], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return {'rotated', text}
