package userpool

import (
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
)

// PoolID names a pool: "<region>_<name>".
type PoolID string

// NewPoolID returns a new id in region.
func NewPoolID(region string) PoolID { return PoolID(region + "_" + ids.PoolName()) }

// Region returns the part before "_".
func (id PoolID) Region() string {
	region, _, _ := strings.Cut(string(id), "_")
	return region
}

// Name returns the part after "_", the pool name of SRP.
func (id PoolID) Name() string {
	_, name, _ := strings.Cut(string(id), "_")
	return name
}

// Errors of pools.
var (
	ErrPoolNotFound  = fault.New(fault.NotFound, "pool_not_found", "User pool does not exist.")
	ErrPoolExists    = fault.New(fault.Conflict, "pool_exists", "A user pool with this id already exists.")
	ErrPoolProtected = fault.New(fault.Invalid, "pool_protected", "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
	ErrPoolHasDomain = fault.New(fault.Invalid, "pool_has_domain", "User pool cannot be deleted. It has a domain configured that should be deleted first.")
	ErrSettings      = fault.New(fault.Invalid, "pool_settings", "The settings of the user pool are not valid.")
	ErrTags          = fault.New(fault.Invalid, "pool_tags", "The tags are not valid.")
)

// Pool is a user pool.
type Pool struct {
	ID                PoolID
	Name              string
	Created, Modified time.Time
	Settings          Settings
}

// Settings is what a pool's owner may choose. It is stored as one JSON
// document; a field once named keeps its name.
type Settings struct {
	PasswordPolicy     PasswordPolicy
	DeletionProtection bool     `json:",omitempty"`
	AutoVerified       []string `json:",omitempty"` // attributes whose codes are sent at sign-up: email, phone_number
	AliasAttributes    []string `json:",omitempty"` // email, phone_number, preferred_username; not with UsernameAttributes
	UsernameAttributes []string `json:",omitempty"` // email, phone_number: the username is one of these
	// CaseInsensitive folds usernames and aliases. False, as Cognito: they
	// match exactly.
	CaseInsensitive bool `json:",omitempty"`
	// CaseSensitivityChosen says that the owner sent the setting, so that it
	// is shown again.
	CaseSensitivityChosen bool        `json:",omitempty"`
	Schema                []Attribute `json:",omitempty"` // changed standard and all custom attributes
	Verification          Template
	Invitation            Template
	AdminCreateOnly       bool              `json:",omitempty"` // no self sign-up
	Recovery              []RecoveryOption  `json:",omitempty"` // empty: e-mail first, then phone
	Tier                  string            `json:",omitempty"` // LITE, ESSENTIALS, PLUS; every tier has every feature here
	Tags                  map[string]string `json:",omitempty"`
	// AWSIssuer makes the pool's tokens name the issuer that AWS would use,
	// for development against clients that accept no other.
	AWSIssuer bool `json:",omitempty"`
}

// PasswordPolicy is what a password must have. Lengths are in characters.
type PasswordPolicy struct {
	MinimumLength                          int
	Uppercase, Lowercase, Numbers, Symbols bool
	TemporaryValidityDays                  int // 0: 7
}

// DefaultPasswordPolicy is Cognito's.
func DefaultPasswordPolicy() PasswordPolicy {
	return PasswordPolicy{MinimumLength: 8, Uppercase: true, Lowercase: true, Numbers: true, Symbols: true, TemporaryValidityDays: 7}
}

// TemporaryValidity is how long a temporary password may be used.
func (p PasswordPolicy) TemporaryValidity() time.Duration {
	days := p.TemporaryValidityDays
	if days == 0 {
		days = 7
	}
	return time.Duration(days) * 24 * time.Hour
}

// Template is the wording of one kind of message. Empty fields take our
// default text. "{####}" stands for the code, "{username}" for the username.
type Template struct {
	EmailSubject string `json:",omitempty"`
	EmailMessage string `json:",omitempty"`
	SMSMessage   string `json:",omitempty"`
}

// RecoveryOption is one way to a forgotten password.
type RecoveryOption struct {
	Name     string // verified_email, verified_phone_number, admin_only
	Priority int    // 1 is tried before 2
}

// Case folds a username or alias as the pool compares it.
func (p *Pool) Case(name string) string {
	if p.Settings.CaseInsensitive {
		return strings.ToLower(name)
	}
	return name
}

// Protected reports whether the pool may not be deleted.
func (p *Pool) Protected() bool { return p.Settings.DeletionProtection }

// UsernameIs reports whether attribute is the username in this pool.
func (p *Pool) UsernameIs(attribute string) bool {
	return contains(p.Settings.UsernameAttributes, attribute)
}

// AliasIs reports whether attribute is an alias in this pool.
func (p *Pool) AliasIs(attribute string) bool { return contains(p.Settings.AliasAttributes, attribute) }

// AutoVerifies reports whether codes for attribute are sent at sign-up.
func (p *Pool) AutoVerifies(attribute string) bool {
	return contains(p.Settings.AutoVerified, attribute)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
