-- A page of concerns. ARGV: bound to begin with, how many, '1' for falling order, the states shown
-- ('' any), '1' when the topic counts, topic, how many to look at before pausing, then the sets that
-- it is of, each member once. Gives the member to go on after ('' at the end), then bytes and address
-- of each.
local from, most, falling = ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
local states, looks = ARGV[4], tonumber(ARGV[7])
local topic = ARGV[5] == '1' and ARGV[6]

local function range(set, want, last)
    if falling then
        return call('ZREVRANGEBYLEX', base .. set, from, last or '-', 'LIMIT', 0, want)
    end
    return call('ZRANGEBYLEX', base .. set, from, last or '+', 'LIMIT', 0, want)
end

-- By bytes: Lua's own order of strings is the locale's.
local function read(members)
    for i, member in ipairs(members) do
        members[i] = {member, unpack_bytes('>I4I4I4I4', member)}
    end
    return members
end

local function sooner(a, b)
    for i = 2, 5 do
        if a[i] ~= b[i] then
            return (a[i] < b[i]) ~= falling
        end
    end
    return false
end

-- The first of two lists, each once.
local function merge(a, b, want)
    local out, i, k = {}, 1, 1
    while #out < want and (a[i] or b[k]) do
        local next = a[i]
        if not next or (b[k] and sooner(b[k], next)) then
            next, k = b[k], k + 1
        else
            i = i + 1
        end
        if #out == 0 or out[#out][1] ~= next[1] then
            out[#out + 1] = next
        end
    end
    return out
end

-- The first members of all sets: of each only those are read that can be among them.
local function first(want)
    if #ARGV == 8 then
        return range(ARGV[8], want)
    end
    local all, last = {}, nil
    for i = 8, #ARGV do
        all = merge(all, read(range(ARGV[i], want, last)), want)
        last = #all == want and '(' .. all[want][1] or nil
    end
    for i, member in ipairs(all) do
        all[i] = member[1]
    end
    return all
end

local out, found = {''}, 0
repeat
    local want = math.min(looks, math.max(most - found, 64))
    local members = first(want)
    for _, member in ipairs(members) do
        local high, low = unpack_bytes('>I4I4', member, 9)
        local got = call('HMGET', base .. 'concern:' .. string.format('%.0f', high * 4294967296 + low),
            's', 't', 'b', 'u')
        if (states == '' or string.find(states, got[1], 1, true)) and
            (not topic or got[2] == topic) then
            found = found + 1
            out[#out + 1] = {got[3], got[4]}
        end
        from = '(' .. member
        looks = looks - 1
        if found == most then
            out[1] = member
            return out
        end
    end
    if #members < want then
        return out
    end
until looks == 0
out[1] = sub(from, 2)
return out
