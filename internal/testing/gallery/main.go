// Command gallery shows every page in every state, without a server behind it:
//
//	go run ./internal/testing/gallery [-listen 127.0.0.1:9230]
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"

	"gatehouse/internal/base/page"
	"gatehouse/internal/console"
	"gatehouse/internal/demo"
	"gatehouse/internal/directory/managedlogin"
	"gatehouse/internal/gateway/accessapi"
	"gatehouse/internal/gateway/proxy"
	"gatehouse/internal/server"
)

// room holds the pages of one package.
type room struct {
	name    string // the package's path under internal/
	samples []page.Sample
}

// rooms lists every package that has pages.
func rooms() []room {
	return []room{
		{"base/page", page.Gallery()},
		{"directory/managedlogin", managedlogin.Gallery()},
		{"gateway/proxy", proxy.Gallery()},
		{"gateway/accessapi", accessapi.Gallery()},
		{"console", console.Gallery()},
		{"demo", demo.Gallery()},
		{"server", server.Gallery()},
	}
}

func main() {
	listen := flag.String("listen", "127.0.0.1:9230", "address to listen on")
	flag.Parse()
	fmt.Printf("http://%s/\n", *listen)
	log.Fatal(http.ListenAndServe(*listen, handler(rooms())))
}

// handler answers each page at /<package>/<sample>, and / with links to all of
// them.
func handler(rooms []room) http.Handler {
	mux := http.NewServeMux()
	index := page.Doc{Title: "Gallery", Layout: page.Wide, Lead: "Every page in every state. Forms lead nowhere."}
	for _, r := range rooms {
		var tiles page.Links
		for _, s := range r.samples {
			path := "/" + r.name + "/" + s.Name
			tiles = append(tiles, page.Tile{Title: s.Doc.Title, Href: path, Code: s.Name})
			mux.Handle(path, show(s.Status, s.Doc))
		}
		index.Body = append(index.Body, page.Section{Heading: r.name, Body: page.Blocks{tiles}})
	}
	mux.Handle("GET /{$}", show(http.StatusOK, index))
	return mux
}

// show answers with the page. The status 0 means 200.
func show(status int, d page.Doc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := page.Write(w, max(status, http.StatusOK), d); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}
