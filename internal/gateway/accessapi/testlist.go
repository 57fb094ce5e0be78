package accessapi

import (
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/access"
)

// testListDoc returns the page that lists the providers, each with the link that
// tests it.
func testListDoc(all []*access.IdentityProvider, callback string) page.Doc {
	var tiles page.Links
	for _, p := range all {
		source := "Created with the management API."
		if p.Declared {
			source = "Declared in the configuration file."
		}
		tiles = append(tiles, page.Tile{Title: "Test " + p.Name, Href: pathTest + "/" + p.ID, Text: source, Code: hostOf(p.Config.AuthURL)})
	}
	d := page.Doc{
		Title: "Identity providers", Layout: page.Wide,
		Lead: "A test signs you in at the provider and shows its answer. It opens no application and makes no session.",
		Body: page.Blocks{tiles, page.Section{
			Heading: "At the provider", Lead: "Register exactly this callback URL at each provider.",
			Body: page.Blocks{
				page.Code{Label: "Callback URL", Text: callback},
				page.Text("If a test ends on an error page of the provider, the provider does not know this URL or the client. Check both at the provider, and config.auth_url and config.client_id here."),
			},
		}},
	}
	if len(all) == 0 {
		d.Body[0] = page.Alert{Title: "No identity provider yet", Text: "Add one with POST /client/v4/accounts/{account_id}/access/identity_providers, or under access.identity_providers in the configuration file."}
	}
	return d
}

// hostOf returns the host of a URL. Stored URLs are valid.
func hostOf(endpoint string) string {
	_, rest, _ := strings.Cut(endpoint, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}
