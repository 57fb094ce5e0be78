package policy

// pomeriumRoutes is never true. In older versions of Pomerium it was true of the pages
// under /.pomerium/, and of every URL that held this text. Here these pages are answered
// before any rule, and no rule opens what looks like them.
var pomeriumRoutes = kind{
	name:  "pomerium_routes",
	class: ofNothing,
	yes:   ReasonNonPomeriumRoute,
	no:    ReasonNonPomeriumRoute,
	parse: parsePomeriumRoutes,
}

func parsePomeriumRoutes(p *parser, path, _ string, _ any) condition {
	p.warn(path, "is never true: the pages under /.pomerium/ are answered before any rule; leave it out")
	return fixed{
		test:    func(*Request) bool { return false },
		must:    "the page must be one of the gateway's own",
		mustNot: "the page must not be one of the gateway's own",
		says:    "the page is one of the gateway's own",
	}
}
