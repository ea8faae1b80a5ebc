-- KEYS: a guard for what is charged, the windows. ARGV: how much, negative to give back. Counts once.
if not redis.call('SET', KEYS[1], '1', 'NX', 'PX', 604800000) then return 0 end
for place = 2, #KEYS do
  if redis.call('HEXISTS', KEYS[place], 'spent') == 1 then redis.call('HINCRBY', KEYS[place], 'spent', ARGV[1]) end
end
return 1
