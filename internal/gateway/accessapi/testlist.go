package accessapi

import (
	"strings"

	"gatehouse/internal/base/page"
	"gatehouse/internal/gateway/access"
)

// testListDoc is the page from which providers are tested.
func testListDoc(all []*access.IdentityProvider, callback string) page.Doc {
	var tiles page.Links
	for _, p := range all {
		from := "Made by the management API."
		if p.Declared {
			from = "Declared in the configuration file."
		}
		tiles = append(tiles, page.Tile{Title: "Test " + p.Name, Href: pathTest + "/" + p.ID, Text: from, Code: hostOf(p.Config.AuthURL)})
	}
	d := page.Doc{
		Title: "Identity providers", Layout: page.Wide,
		Lead: "A test signs you in for real and shows what comes back. It opens no application and makes no session.",
		Body: page.Blocks{tiles, page.Section{
			Heading: "At the provider", Lead: "Each provider must know this callback URL, letter by letter.",
			Body: page.Blocks{
				page.Code{Label: "Callback URL", Text: callback},
				page.Text("If a test ends on an error page of the provider’s own, the provider does not know this URL or the client: check both there, and config.auth_url and config.client_id here."),
			},
		}},
	}
	if len(all) == 0 {
		d.Body[0] = page.Alert{Title: "No identity provider yet", Text: "Add one with POST /client/v4/accounts/{account_id}/access/identity_providers, or under access.identity_providers in the configuration file."}
	}
	return d
}

// hostOf names a provider's host; what the store holds parses.
func hostOf(endpoint string) string {
	_, rest, _ := strings.Cut(endpoint, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}
