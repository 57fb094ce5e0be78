package pagetest

import "testing"

func TestProblems(t *testing.T) {
	const head = `<html lang="en"><main><h1>x</h1>`
	tests := []struct{ name, body, want string }{
		{"nothing wrong", head + `<label for="a">A</label><input id="a" name="a">`, ""},
		{"no language", `<html><main><h1>x</h1>`, "html has no lang"},
		{"two headings", head + `<h1>y</h1>`, "the page has not one h1"},
		{"no label", head + `<input id="a">`, "the input a has no label"},
		{"no id", head + `<input name="a">`, "the input a has no id"},
		{"same id", head + `<p id="a"></p><p id="a"></p>`, "the id a stands on several elements"},
		{"dangling id", head + `<p aria-describedby="z"></p>`, "the id z is referred to and does not exist"},
		{"event handler", head + `<p onclick="x()"></p>`, "<p> has the attribute onclick, which the page's policy forbids"},
		{"password shown", head + `<label for="a">A</label><input id="a" type="password" value="x">`, "the password input a has a value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Problems([]byte(tt.body))
			if tt.want == "" && len(got) == 0 {
				return
			}
			if len(got) != 1 || got[0] != tt.want {
				t.Errorf("Problems = %q, want %q", got, tt.want)
			}
		})
	}
}
