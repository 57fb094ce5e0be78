package page

// Gallery returns the design's own pages, and one with every block.
func Gallery() []Sample {
	return []Sample{
		{Name: "error", Status: 500, Doc: Error{
			Title: "Something went wrong", Text: "This page could not be shown because of a fault on our side.",
			Advice:    "Try again in a minute. If it happens again, tell the people who run this service the request number.",
			Retry:     &Link{Label: "Try again", Href: "#again"},
			RequestID: "5f0c9f3a-7c9e-4d55-a4a3-1d0b5e6a2c11"}.Doc()},
		{Name: "denied", Status: 403, Doc: Denied{
			Host: "wiki.corp.example.com", Who: "alice@example.com",
			Why: []string{"your groups must contain what this rule names; you have none"}, Said: []string{"The wiki is for <staff>.", "Ask the help desk for an account."}, Names: []string{"groups-unauthorized"}, Applications: "#applications",
			AnotherAccount: "#signin", Details: "#identity", RequestID: "5f0c9f3a-7c9e-4d55-a4a3-1d0b5e6a2c11"}.Doc()},
		{Name: "denied-nobody", Status: 403, Doc: Denied{Host: "wiki.corp.example.com"}.Doc()},
		{Name: "blocks", Doc: blocksSample()},
		{Name: "empty", Doc: Doc{Title: "Outbox", Layout: Wide, Lead: "Mail and text messages that would have been sent.", Body: Blocks{Table{Caption: "Messages", Empty: "No messages yet."}}}},
	}
}

// blocksSample has every block at least once.
func blocksSample() Doc {
	return Doc{
		Title: "Blocks", Layout: Wide, Home: "/", Lead: "Every part a page can have.",
		Nav:     []Link{{Label: "Pools", Href: "#pools"}, {Label: "Users", Href: "#users", Here: true}, {Label: "Routes", Href: "#routes"}, {Label: "Audit", Href: "#audit"}},
		Account: &Account{Name: "ops@example.com", SignOut: "#signout", CSRFField: "_csrf", CSRF: "k2x0"},
		Foot:    []Link{{Label: "Sign out everywhere", Href: "#everywhere"}},
		Body: Blocks{
			Alert{Text: "The pool is read from the configuration file and can't be changed here."},
			Alert{Kind: Success, Title: "Saved", Text: "The user was created."},
			Alert{Kind: Warning, Text: "This certificate ends in five days."},
			Alert{Kind: Danger, ID: "problem", Text: "The user name is taken."},
			Form{Get: true, Inline: true, Body: Blocks{Field{Name: "q", Label: "Find a user", Optional: true, Type: "search"}, Button{Label: "Find"}}},
			Table{Caption: "Users", Head: []string{"Name", "E-mail", "Status", "Sub"}, Next: "#next", Rows: [][]Cell{
				{{Text: "alice", Href: "#alice"}, {Text: "alice@example.com"}, {Text: "Confirmed", Badge: Success}, {Text: "4d9f2c66-6c1f-4a0e-9a35-5b1f6a0f7a10", Code: true}},
				{{Text: "bob", Href: "#bob"}, {Text: "bob@example.com"}, {Text: "Must change password", Badge: Warning}, {Text: "a0ce2f7e-5f0d-4a53-b6cc-5fb1b9f0a2d4", Code: true}},
				{{Text: "carol", Href: "#carol"}, {Text: "carol@example.com"}, {Text: "Disabled", Badge: Danger}, {Text: "0b7c3f1e-10f1-44c1-8a1e-3a1f5d6c7e88", Code: true}},
			}},
			Section{ID: "create", Heading: "Create a user", Lead: "The user gets an invitation by mail.", Body: Blocks{Form{Hidden: []Hidden{{"_csrf", "k2x0"}}, Body: Blocks{
				Field{Name: "username", Label: "User name", Value: "alice", Alert: "problem"},
				Field{Name: "phone_number", Label: "Phone number", Type: "tel", Optional: true, Hint: "With + and the country code."},
				Field{Name: "note", Label: "Note", Rows: 3, Optional: true, Error: "Too long by 12 characters."},
				Buttons{Button{Label: "Create user", Kind: Primary}, LinkButton{Label: "Cancel", Href: "#cancel"}, Button{Label: "Delete", Kind: Danger, Name: "do", Value: "delete", Skip: true}},
			}}}},
			Details{Summary: "As JSON", Body: Blocks{Code{Label: "User", Text: `{"Username": "alice", "Enabled": true}`}}},
			KeyValues{Rows: []KeyValue{{Key: "User", Value: "alice@example.com"}, {Key: "Provider", Value: "https://id.corp.example.com/us-east-1_Staff0001", Code: true}, {Key: "Signed in", Value: "2026-03-04 09:12 UTC"}}},
			KeyValues{Caption: "Claims", Rows: []KeyValue{{Key: "sub", Value: "4d9f2c66-6c1f-4a0e-9a35-5b1f6a0f7a10", Code: true}, {Key: "website", Value: "alice.example.com", Href: "#website"}}},
			KeyValues{Caption: "Devices", Empty: "No devices yet."},
			Links{
				{Title: "Users", Href: "#users", Text: "Who can sign in.", Code: "https://console.example.com/users"},
				{Title: "Wiki", Href: "#wiki", Text: "What we know.", Picture: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'%3E%3Crect width='1' height='1' fill='%231f4f74'/%3E%3C/svg%3E"},
				{Title: "Routes", Text: "What the gateway protects."},
			},
			List{"One thing.", "Another thing."},
			QR{Address: "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP", Label: "QR code for an authenticator app", Link: "Open it on this device"},
			Ask{Question: "Looking for groups?", Link: Link{Label: "Groups", Href: "#groups"}},
			Muted("Last changed on 2026-03-04."),
		},
	}
}
