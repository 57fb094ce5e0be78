package config

import (
	"maps"
	"slices"
	"strconv"

	"gatehouse/internal/base/settings"
)

// rateCategories are the keys of rate_limits. Cognito: "API request rate quotas".
var rateCategories = []string{
	"UserAuthentication", "UserCreation", "UserFederation", "UserAccountRecovery", "UserRead", "UserUpdate", "UserToken", "UserResourceRead", "UserResourceUpdate",
	"UserList", "UserPoolRead", "UserPoolUpdate", "UserPoolResourceRead", "UserPoolResourceUpdate", "UserPoolClientRead", "UserPoolClientUpdate", "ClientAuthentication", "LimitManagement",
}

// maxRate is the highest limit: far more than an installation can answer.
const maxRate = 10_000_000

func (k *checker) checkRateLimits(limits map[string]int) {
	for _, category := range slices.Sorted(maps.Keys(limits)) {
		at, n := settings.Join("directory.rate_limits", category), limits[category]
		switch {
		case !slices.Contains(rateCategories, category):
			k.fail(at, settings.Quote(category), "a category of operations", settings.Suggest(category, rateCategories))
		case n < 1 || n > maxRate:
			k.fail(at, strconv.Itoa(n), "a number of requests a second, from 1 to "+strconv.Itoa(maxRate), "")
		}
	}
}
