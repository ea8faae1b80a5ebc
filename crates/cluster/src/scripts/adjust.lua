-- KEYS: hashes of a sliding window. ARGV: the slice in which something was taken, then the change for each hash.
for place = 1, #KEYS do
  if redis.call('HEXISTS', KEYS[place], ARGV[1]) == 1 then
    redis.call('HINCRBY', KEYS[place], ARGV[1], ARGV[place + 1])
    redis.call('HINCRBY', KEYS[place], 'sum', ARGV[place + 1])
  end
end
return 'OK'
