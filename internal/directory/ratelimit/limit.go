package ratelimit

import (
	"context"
	"time"

	"gatehouse/internal/base/fault"
)

// Errors of rate limits.
var (
	// ErrRate refuses a request.
	ErrRate = fault.New(fault.Throttled, "rate_exceeded", "Rate exceeded")

	ErrLimitNotFound = fault.New(fault.NotFound, "limit_not_found", "The limit does not exist.")
	ErrLimitValue    = fault.New(fault.Invalid, "limit_value", "The requested limit must be positive.")
	ErrLimitMaximum  = fault.New(fault.Throttled, "limit_maximum", "The requested limit is above the maximum of this installation.")
)

// Limit is how many requests a second of one category are answered.
type Limit struct {
	Category    string
	Default     int // the least that the API can ask for
	Provisioned int // what applies
	Maximum     int // the most that the API can ask for; what applies until it asks
}

// Store keeps what the nodes must agree on. Every method is one transaction.
type Store interface {
	// ProvisionedLimits returns the limits that the API asked for, by category.
	ProvisionedLimits(ctx context.Context) (map[string]int, error)
	ProvisionLimit(ctx context.Context, category string, value int) error
	// ShareDemand replaces the demand of a node, in requests a second, and returns
	// that of all nodes that shared theirs after since. What was shared as long after
	// now is of a clock that was set back, and does not count.
	ShareDemand(ctx context.Context, node string, demand map[string]int, now, since time.Time) (total map[string]int, err error)
}

// Unlimited is what stands for no limit: far more than an installation can answer.
const Unlimited = 10_000_000

// limitOf returns the limit of a category for which the API asked for provisioned (0:
// it did not).
func (e *Engine) limitOf(category string, provisioned int) Limit {
	l := Limit{Category: category, Default: defaults[category], Maximum: defaults[category]}
	switch configured := e.configured[category]; {
	case configured > 0:
		l.Default, l.Maximum = min(l.Default, configured), configured
	case !e.standard:
		l.Maximum = Unlimited
	}
	l.Provisioned = l.Maximum
	if provisioned > 0 {
		l.Provisioned = min(max(provisioned, l.Default), l.Maximum)
	}
	return l
}

// Limit returns the limit of a category that the API may change. ErrLimitNotFound.
func (e *Engine) Limit(ctx context.Context, category string) (Limit, error) {
	if !isAdjustable(category) {
		return Limit{}, ErrLimitNotFound.Saying("There is no limit for the category %q.", category)
	}
	provisioned, err := e.store.ProvisionedLimits(ctx)
	return e.limitOf(category, provisioned[category]), err
}

// Provision changes a limit on all nodes, here at once. One below the default gives
// the default, as at Cognito. ErrLimitNotFound, ErrLimitValue, ErrLimitMaximum.
func (e *Engine) Provision(ctx context.Context, category string, value int64) (Limit, error) {
	l, err := e.Limit(ctx, category)
	switch {
	case err != nil:
		return Limit{}, err
	case value <= 0:
		return Limit{}, ErrLimitValue
	case value > int64(l.Maximum):
		return Limit{}, ErrLimitMaximum.Saying("The requested limit of %d for %s is above the maximum of %d.", value, category, l.Maximum)
	}
	l = e.limitOf(category, int(value))
	if err := e.store.ProvisionLimit(ctx, category, l.Provisioned); err != nil {
		return Limit{}, err
	}
	e.apply(category, l.Provisioned)
	return l, nil
}
