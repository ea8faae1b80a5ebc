-- KEYS: epoch, settling, holds of this server, the windows.
-- ARGV: the epoch that the server knows, the hold's id, its amount, `ask` or `renew`, then each window's wall (-1 for
-- none) and end (0 for never), in milliseconds.
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[1] then return {'epoch'} end
if redis.call('EXISTS', KEYS[2]) == 1 then return {'settling'} end
local amount, figures = tonumber(ARGV[3]), {'held'}
for place = 4, #KEYS do
  local found = redis.call('HMGET', KEYS[place], 'spent', 'held')
  local held = tonumber(found[2] or '0')
  if ARGV[4] == 'ask' then
    if not found[1] then return {'unknown', place - 4} end
    local wall = tonumber(ARGV[(place - 4) * 2 + 5])
    if wall >= 0 and tonumber(found[1]) + held + amount > wall then
      return {'refused', place - 4, found[1], tostring(held)}
    end
  end
  figures[#figures + 1] = found[1] or '0'
  figures[#figures + 1] = tostring(held)
end
local record = ARGV[3]
for place = 4, #KEYS do
  redis.call('HINCRBY', KEYS[place], 'held', ARGV[3])
  local ends = tonumber(ARGV[(place - 4) * 2 + 6])
  if ends > 0 then redis.call('PEXPIREAT', KEYS[place], string.format('%.0f', ends)) end
  record = record .. '|' .. KEYS[place]
end
redis.call('HSET', KEYS[3], ARGV[2], record)
return figures
