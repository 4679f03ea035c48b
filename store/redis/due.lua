-- Stands before offer.lua and polled.lua. A row, "AT DUE", gives way to a later poll's alone: one
-- that was cut off may tell of its polls when another machine has gone on.
local function keep_due(slot, source, row)
    local key = base .. 'due:' .. slot
    local known = call('HGET', key, source)
    if not known or tonumber(string.match(known, '%d+')) <= tonumber(string.match(row, '%d+')) then
        call('HSET', key, source, row)
    end
end
