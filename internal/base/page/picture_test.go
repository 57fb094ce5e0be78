package page_test

import (
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/base/page"
)

// A picture comes from where its tile says, and what is no picture's address
// reaches neither the page nor the policy.
func TestPicturesOfTiles(t *testing.T) {
	const data = "data:image/png;base64,AAAA"
	for text, source := range map[string]string{
		"https://Cdn.example.com/logo.svg?v=1": "https://cdn.example.com", "http://cdn.example.com:8080/a.png": "http://cdn.example.com:8080",
		data: "data:", "": "", "javascript:alert(1)": "", "data:text/html,<script>": "", "//cdn.example.com/a.png": "", "/logo.svg": "",
		"https://cdn.example.com;script-src *.evil/a": "", "https://a,b.example.com/": "", "https://user:secret@cdn.example.com/": "", "https:///a.png": "",
	} {
		d := page.Doc{Title: "x", Body: page.Blocks{page.Section{Heading: "y", Body: page.Blocks{page.Links{{Title: "Wiki", Picture: text}}}}}}
		shown, policy := strings.Contains(render(t, d), "<img "), page.Policy(d)
		want := "img-src 'self' data:"
		if source != "" && source != "data:" {
			want += " " + source
		}
		if shown != (source != "") || !strings.Contains(policy, want+"; form-action") {
			t.Errorf("%q: shown %t, policy %s; want shown %t and %s", text, shown, policy, source != "", want)
		}
	}
}

func TestManyPicturesMakeNoLongPolicy(t *testing.T) {
	var tiles page.Links
	for i := range 1000 {
		tiles = append(tiles, page.Tile{Title: "x", Picture: fmt.Sprintf("https://cdn%d.example.com/a.png", i)})
	}
	policy := page.Policy(page.Doc{Title: "x", Body: page.Blocks{tiles}})
	if len(policy) > 1024 || !strings.Contains(policy, "img-src 'self' data: https:;") {
		t.Errorf("got a policy of %d bytes: %.200s", len(policy), policy)
	}
}
