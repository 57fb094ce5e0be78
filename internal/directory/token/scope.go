package token

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
)

// Errors of scopes.
var (
	ErrScopeUnknown    = fault.New(fault.Invalid, "scope_unknown", "A requested scope does not exist.")
	ErrScopeNotAllowed = fault.New(fault.Denied, "scope_not_allowed", "A requested scope is not enabled for the app client.")
	ErrScopeMalformed  = fault.New(fault.Invalid, "scope_malformed", "The requested scopes are not well formed.")
	ErrScopeOpenID     = fault.New(fault.Invalid, "scope_openid_missing", "The scopes email, phone and profile need openid beside them.")
)

// maxScopes is how many scopes a request may name. Cognito: 50 for each client.
const maxScopes = 50

// splitScopes returns the scopes of a scope parameter, each once. RFC 6749 §3.3.
func splitScopes(scope string) ([]string, error) {
	var list []string
	for s := range strings.SplitSeq(scope, " ") {
		if s == "" || contains(list, s) {
			continue
		}
		if !isScopeToken(s) || len(list) == maxScopes {
			return nil, ErrScopeMalformed
		}
		list = append(list, s)
	}
	return list, nil
}

// isScopeToken reports whether s is 1*( %x21 / %x23-5B / %x5D-7E ).
func isScopeToken(s string) bool {
	for _, b := range []byte(s) {
		if b < 0x21 || b > 0x7e || b == '"' || b == '\\' {
			return false
		}
	}
	return s != ""
}

// userScopes returns the scopes of an authorization request. If it names no scope,
// these are all scopes of the client. Scopes of deleted resource servers are left
// out. Cognito: "Scopes, M2M, and resource servers".
func (e *Engine) userScopes(ctx context.Context, client *userpool.Client, scope string) ([]string, error) {
	scopes, err := splitScopes(scope)
	if err != nil {
		return nil, err
	}
	if len(scopes) == 0 {
		scopes = client.Settings.Scopes
	}
	for _, s := range scopes {
		if !contains(client.Settings.Scopes, s) {
			return nil, ErrScopeNotAllowed
		}
	}
	if scopes, err = e.activeScopes(ctx, client.Pool, scopes); err != nil {
		return nil, err
	}
	switch {
	case len(scopes) == 0:
		return nil, ErrScopeUnknown
	case !contains(scopes, scopeOpenID) && slices.ContainsFunc(scopes, needOpenID):
		return nil, ErrScopeOpenID
	}
	return scopes, nil
}

func needOpenID(s string) bool { return s == scopeEmail || s == scopePhone || s == scopeProfile }

// keptScopes returns those of granted scopes that exist and that the client still
// has. If openid is not among them, those that need it are left out, too.
func (e *Engine) keptScopes(ctx context.Context, client *userpool.Client, granted []string) ([]string, error) {
	kept := slices.DeleteFunc(slices.Clone(granted), func(s string) bool { return !contains(client.Settings.Scopes, s) })
	if !contains(kept, scopeOpenID) {
		kept = slices.DeleteFunc(kept, needOpenID)
	}
	return e.activeScopes(ctx, client.Pool, kept)
}

// activeScopes returns the scopes that exist, in their order. It loads each
// resource server once.
func (e *Engine) activeScopes(ctx context.Context, pool userpool.PoolID, scopes []string) ([]string, error) {
	servers := map[string][]string{}
	var active []string
	for _, s := range scopes {
		i := strings.LastIndexByte(s, '/') // an identifier may hold "/", a scope's name may not
		if i < 0 || s == userpool.ScopeRegister {
			if i > 0 || contains(userpool.SystemScopes(), s) {
				active = append(active, s)
			}
			continue
		}
		offered, known := servers[s[:i]]
		if !known {
			var err error
			if offered, err = e.scopesOf(ctx, pool, s[:i]); err != nil {
				return nil, err
			}
			servers[s[:i]] = offered
		}
		if contains(offered, s) {
			active = append(active, s)
		}
	}
	return active, nil
}

// scopesOf returns the full names of a resource server's scopes. It returns no
// scopes if there is no such server.
func (e *Engine) scopesOf(ctx context.Context, pool userpool.PoolID, identifier string) ([]string, error) {
	r, err := e.Pools.ResourceServer(ctx, pool, identifier)
	if errors.Is(err, userpool.ErrResourceServerNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load resource server: %w", err)
	}
	var names []string
	for _, s := range r.Scopes {
		names = append(names, r.FullScope(s))
	}
	return names, nil
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }
