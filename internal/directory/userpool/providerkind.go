package userpool

import (
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/base/pattern"
)

// providerKind is what the providers of one type have in common.
// Cognito: CreateIdentityProvider, ProviderDetails.
type providerKind struct {
	required, optional []string
	secret             string // the detail that proves the pool to the provider
	hidden             bool   // nobody sees the secret again
	subject            string // the claim that names a user; "": it is no claim
	// fixed returns the details that follow from the type. A request may repeat
	// them, as those do that copy a provider.
	fixed func(Details) map[string]string
	// check returns a sentence about what is wrong, or "".
	check func(Details, ProviderNetwork) string
}

var providerKinds = map[string]providerKind{
	ProviderOIDC: {
		required: []string{"client_id", "client_secret", "authorize_scopes", "oidc_issuer", "attributes_request_method"},
		optional: oidcEndpoints, secret: "client_secret", subject: "sub",
		fixed: func(Details) map[string]string { return map[string]string{"attributes_url_add_attributes": "false"} },
		check: checkOIDC,
	},
	ProviderSAML: {
		optional: []string{"MetadataURL", "MetadataFile", "IDPSignout", "IDPInit", "EncryptedResponses", "RequestSigningAlgorithm", "SSORedirectBindingURI", "SLORedirectBindingURI", "ActiveEncryptionCertificate"},
		check:    checkSAML,
	},
	ProviderGoogle: {
		required: []string{"client_id", "client_secret", "authorize_scopes"}, secret: "client_secret", subject: "sub",
		fixed: func(Details) map[string]string {
			return map[string]string{
				"authorize_url": "https://accounts.google.com/o/oauth2/v2/auth", "token_url": "https://www.googleapis.com/oauth2/v4/token", "token_request_method": "POST",
				"attributes_url": "https://people.googleapis.com/v1/people/me?personFields=", "attributes_url_add_attributes": "true", "oidc_issuer": "https://accounts.google.com",
			}
		},
	},
	ProviderFacebook: {
		required: []string{"client_id", "client_secret", "authorize_scopes"}, optional: []string{"api_version"}, secret: "client_secret", subject: "id",
		fixed: func(d Details) map[string]string {
			version := "v17.0"
			if v := d.text("api_version"); v != "" {
				version = v
			}
			return map[string]string{
				"authorize_url": "https://www.facebook.com/" + version + "/dialog/oauth", "token_url": "https://graph.facebook.com/" + version + "/oauth/access_token", "token_request_method": "GET",
				"attributes_url": "https://graph.facebook.com/" + version + "/me?fields=", "attributes_url_add_attributes": "true",
			}
		},
		check: func(d Details, _ ProviderNetwork) string {
			if v := d.text("api_version"); v != "" && !facebookVersion.MatchString(v) {
				return "api_version has the form v17.0."
			}
			return ""
		},
	},
	ProviderAmazon: {
		required: []string{"client_id", "client_secret", "authorize_scopes"}, secret: "client_secret", subject: "user_id",
		fixed: func(Details) map[string]string {
			return map[string]string{
				"authorize_url": "https://www.amazon.com/ap/oa", "token_url": "https://api.amazon.com/auth/o2/token", "token_request_method": "POST",
				"attributes_url": "https://api.amazon.com/user/profile", "attributes_url_add_attributes": "false",
			}
		},
	},
	ProviderApple: {
		required: []string{"client_id", "team_id", "key_id", "private_key", "authorize_scopes"}, secret: "private_key", hidden: true, subject: "sub",
		fixed: func(Details) map[string]string {
			return map[string]string{
				"authorize_url": "https://appleid.apple.com/auth/authorize", "token_url": "https://appleid.apple.com/auth/token", "token_request_method": "POST",
				"attributes_url_add_attributes": "false", "oidc_issuer": "https://appleid.apple.com",
			}
		},
		check: checkApple,
	},
}

var facebookVersion = pattern.New(`^v[0-9]{1,3}\.[0-9]{1,2}$`)

// oidcEndpoints may stand in the details if discovery cannot tell them.
var oidcEndpoints = []string{"authorize_url", "token_url", "attributes_url", "jwks_uri"}

// takes reports whether a detail may stand in a request.
func (k *providerKind) takes(key string) bool {
	return slices.Contains(k.required, key) || slices.Contains(k.optional, key)
}

// follows returns the details that follow from others.
func (k *providerKind) follows(d Details) map[string]string {
	if k.fixed == nil {
		return map[string]string{}
	}
	return k.fixed(d)
}

// checkDetails checks the details of a provider of a type, without a call to
// anybody. ErrProviderDetails, ErrProviderType.
func checkDetails(kind string, d Details, network ProviderNetwork) error {
	k := providerKinds[kind]
	for _, key := range k.required {
		if strings.TrimSpace(d[key].Reveal()) == "" {
			return ErrProviderDetails.Saying("The provider detail %s is required for an identity provider of type %s.", key, kind)
		}
	}
	fixed := k.follows(d)
	for _, key := range slices.Sorted(maps.Keys(d)) {
		value, known := fixed[key]
		switch {
		case k.takes(key):
		case known && d.text(key) != value:
			return ErrProviderDetails.Saying("The provider detail %s cannot be chosen for an identity provider of type %s: it is %s.", key, kind, value)
		case !known && belongsToAnother(key):
			return ErrProviderType.Saying("The provider detail %s does not belong to an identity provider of type %s.", key, kind)
		case !known:
			return ErrProviderDetails.Saying("Unknown provider detail %q.", key)
		}
	}
	if k.check == nil {
		return nil
	}
	if problem := k.check(d, network); problem != "" {
		return ErrProviderDetails.Saying("%s", problem)
	}
	return nil
}

func belongsToAnother(key string) bool {
	for _, k := range providerKinds {
		_, fixed := k.follows(Details{})[key]
		if fixed || k.takes(key) {
			return true
		}
	}
	return false
}
