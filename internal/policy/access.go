package policy

// Access holds a route's access keys, decoded but not yet understood. The
// zero value allows nobody.
type Access struct {
	Public        bool             // allow_public_unauthenticated_access
	AnyUser       bool             // allow_any_authenticated_user
	CORSPreflight bool             // cors_allow_preflight
	Users         []string         // allowed_users: e-mail addresses or user ids
	Domains       []string         // allowed_domains
	IDPClaims     map[string][]any // allowed_idp_claims
	// PPL is the decoded YAML or JSON of the key policy: []any or
	// map[string]any; nil when the key is absent.
	PPL any
	// RequireCertificate adds the deny rule that refuses a missing or invalid
	// client certificate (downstream_mtls with policy_with_default_deny).
	RequireCertificate bool
}
