-- Keeps a visitor; one with the same id is overwritten but for the revocation number and the time of the first session.
--
-- KEYS  the visitor
-- ARGV  site, context, revocation, created
redis.call('HSET', KEYS[1], 'site', ARGV[1], 'context', ARGV[2])
redis.call('HSETNX', KEYS[1], 'revocation', ARGV[3])
redis.call('HSETNX', KEYS[1], 'created', ARGV[4])
return 1
