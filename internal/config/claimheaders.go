package config

import (
	"strings"

	"gatehouse/internal/base/settings"
)

const claimHeaderPrefix = "X-Pomerium-Claim-"

// DecodeSetting reads a map of header to claim, or a list of claims. Pomerium:
// a claim of the list form goes in the header X-Pomerium-Claim-<claim>.
func (h *ClaimHeaders) DecodeSetting(d *settings.Document, path string, n *settings.Node) {
	if n.Kind == settings.Map || n.Kind == settings.Scalar && strings.HasPrefix(n.Text, "{") {
		byHeader := map[string]string{}
		d.Value(path, n, &byHeader)
		*h = byHeader
		return
	}
	var claims []string
	d.Value(path, n, &claims)
	*h = ClaimHeaders{}
	if n.Kind == settings.Scalar {
		claims = strings.Fields(strings.Join(claims, " ")) // Pomerium: commas or spaces
	}
	for _, claim := range claims {
		(*h)[claimHeaderPrefix+claim] = claim
	}
}
