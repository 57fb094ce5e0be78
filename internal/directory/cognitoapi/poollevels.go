package cognitoapi

import (
	"slices"
	"strconv"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

func levelKey(level int) string { return "Level" + strconv.Itoa(level) }

// levels returns the names of the levels of assurance. A level that the request does
// not name has its default. Without the member, the pool has no levels.
func levels(c map[string]wire.ACRLevelConfig) ([]string, error) {
	if c == nil {
		return nil, nil
	}
	var names, keys []string
	for level := 1; level <= userpool.TopLevel; level++ {
		name := userpool.DefaultLevel(level)
		if given, ok := c[levelKey(level)]; ok {
			name = val(given.ACRValue)
		}
		names, keys = append(names, name), append(keys, levelKey(level))
	}
	for key := range c {
		if !slices.Contains(keys, key) {
			return nil, userpool.ErrSettings.Saying("AcrConfiguration: there is no level %s.", key)
		}
	}
	return names, nil
}

func wireLevels(names []string) map[string]wire.ACRLevelConfig {
	if len(names) == 0 {
		return nil
	}
	out := map[string]wire.ACRLevelConfig{}
	for i, name := range names {
		out[levelKey(i+1)] = wire.ACRLevelConfig{ACRValue: new(name)}
	}
	return out
}
