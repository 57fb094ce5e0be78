package console

import (
	"net/http"

	"gatehouse/internal/base/page"
	"gatehouse/internal/base/seal"
)

// Start is the content of the start page.
type Start struct {
	Places []page.Tile
	Users  []Login
}

// Login is a user whom development makes at the first start.
type Login struct {
	Username, About string
	Password        seal.Secret
}

func (c *Console) start(w http.ResponseWriter, _ *http.Request) error {
	return page.Write(w, http.StatusOK, StartDoc(c.Start))
}

// StartDoc returns the start page.
func StartDoc(s Start) page.Doc {
	rows := make([][]page.Cell, 0, len(s.Users))
	for _, u := range s.Users {
		rows = append(rows, []page.Cell{{Text: u.Username, Code: true}, {Text: u.Password.Reveal(), Code: true}, {Text: u.About}})
	}
	return page.Doc{
		Title: "Gatehouse is running", Layout: page.Wide, Nav: nav(pathStart),
		Lead: "This is a complete system for development. Use it to try things out, not for real users.",
		Body: page.Blocks{
			page.Section{Heading: "Try it", Body: page.Blocks{page.Links(s.Places)}},
			page.Section{Heading: "Who can sign in", Body: page.Blocks{page.Table{
				Caption: "Users", Head: []string{"Username", "Password", "Notes"}, Rows: rows, Empty: "There are no users yet.",
			}}},
		},
	}
}
