package userpool

import (
	"time"

	"gatehouse/internal/base/fault"
)

// Errors of resource servers.
var (
	ErrResourceServerNotFound = fault.New(fault.NotFound, "resource_server_not_found", "Resource server does not exist.")
	ErrResourceServerExists   = fault.New(fault.Invalid, "resource_server_exists", "The resource server already exists in the user pool.")
)

// ResourceServer is an API that a pool's access tokens may open, with its
// custom scopes. A scope's full name is "<Identifier>/<Scope.Name>".
type ResourceServer struct {
	Pool       PoolID
	Identifier string
	Name       string
	Scopes     []Scope
	Created    time.Time
}

// Scope is one permission of a resource server.
type Scope struct{ Name, Description string }

// FullScope returns the name under which a client asks for the scope.
func (r *ResourceServer) FullScope(s Scope) string { return r.Identifier + "/" + s.Name }

// SystemScopes are the scopes that every pool has.
func SystemScopes() []string {
	return []string{"openid", "email", "phone", "profile", ScopeUserAdmin}
}

// ScopeUserAdmin opens the token-authorized operations of the API.
const ScopeUserAdmin = "aws.cognito.signin.user.admin"
