-- What every script on budgets begins with. A window of a budget is a hash: `spent` is what its calls did cost, `held`
-- the most that those under way can, `late` what was settled before anybody said what had been spent.
local function spend(key, amount, cost)
  if redis.call('EXISTS', key) == 0 then return -1, -1 end
  redis.call('HINCRBY', key, 'held', '-' .. amount)
  if redis.call('HEXISTS', key, 'spent') == 0 then
    redis.call('HINCRBY', key, 'late', cost)
    return -1, -1
  end
  local after = redis.call('HINCRBY', key, 'spent', cost)
  return after, tonumber(redis.call('HGET', key, 'held'))
end
