-- The members of indexes that begin with a text, for each index.
-- KEYS: indexes
-- ARGV: beginning
local lists = {}
for number, key in ipairs(KEYS) do
  local members = redis.call('ZRANGE', key, 0, -1)
  if ARGV[1] ~= '' then
    local fitting = {}
    for _, member in ipairs(members) do
      if member:sub(1, #ARGV[1]) == ARGV[1] then fitting[#fitting + 1] = member end
    end
    members = fitting
  end
  lists[number] = members
end
return lists
