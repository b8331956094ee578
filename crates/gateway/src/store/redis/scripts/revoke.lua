-- Raises a visitor's revocation number; gives the new one, 0 for nobody.
--
-- KEYS  the visitor
-- ARGV  what the context becomes ('' when it stays)
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'context', ARGV[1]) end
return redis.call('HINCRBY', KEYS[1], 'revocation', 1)
