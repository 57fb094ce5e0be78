package userpool

import "gatehouse/internal/base/fault"

// Errors of provisioned limits.
var (
	ErrLimitNotFound = fault.New(fault.NotFound, "limit_not_found", "The limit does not exist.")
	ErrLimitValue    = fault.New(fault.Invalid, "limit_value", "The requested limit must be positive.")
	ErrLimitMaximum  = fault.New(fault.Throttled, "limit_maximum", "The requested limit is above the maximum of this installation.")
)

// Limit is how many requests a second of one category an account may make.
type Limit struct {
	Category    string
	Default     int // what every account has
	Provisioned int // what applies
}

// limits are the categories whose limits an account may raise, with their defaults.
// Cognito: "API request rate quotas".
var limits = map[string]int{
	"UserAuthentication": 120, "UserCreation": 50, "UserFederation": 25, "UserRead": 120, "UserToken": 120, "UserResourceRead": 50,
}

// ProvisionedLimit returns the limit of a category. ErrLimitNotFound.
func ProvisionedLimit(category string) (Limit, error) {
	value, known := limits[category]
	if !known {
		return Limit{}, ErrLimitNotFound.Saying("There is no limit for the category %q.", category)
	}
	return Limit{category, value, value}, nil
}

// ProvisionLimit asks for a limit. One at most the default gives the default, as at
// Cognito; one above it is refused, since there is nothing to raise: an installation
// has no limit on its request rate. ErrLimitNotFound, ErrLimitValue, ErrLimitMaximum.
func ProvisionLimit(category string, value int64) (Limit, error) {
	l, err := ProvisionedLimit(category)
	switch {
	case err != nil:
		return Limit{}, err
	case value <= 0:
		return Limit{}, ErrLimitValue
	case value > int64(l.Default):
		return Limit{}, ErrLimitMaximum.Saying("The requested limit of %d for %s is above the maximum of %d.", value, category, l.Default)
	}
	return l, nil
}
