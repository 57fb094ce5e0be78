package upstream

import "net/http"

// Lines are the headers of a request, in the order in which they are sent. A few lines are
// cheaper to search than an [http.Header] is to make. Names are compared byte for byte.
type Lines []Line

// Line is one of them.
type Line struct{ Name, Value string }

// Get returns the first value of a header, "" if there is none.
func (l Lines) Get(name string) string {
	for i := range l {
		if l[i].Name == name {
			return l[i].Value
		}
	}
	return ""
}

// Has reports whether there is a line of a header.
func (l Lines) Has(name string) bool {
	for i := range l {
		if l[i].Name == name {
			return true
		}
	}
	return false
}

// Values returns the values of a header.
func (l Lines) Values(name string) (values []string) {
	for i := range l {
		if l[i].Name == name {
			values = append(values, l[i].Value)
		}
	}
	return values
}

// Add adds a line for each value.
func (l *Lines) Add(name string, values ...string) {
	for _, v := range values {
		*l = append(*l, Line{name, v})
	}
}

// Set puts the values in place of those that the header has.
func (l *Lines) Set(name string, values ...string) {
	l.Remove(name)
	l.Add(name, values...)
}

// Remove removes a header.
func (l *Lines) Remove(name string) {
	for i := range *l {
		if (*l)[i].Name == name {
			l.removeFrom(i, name)
			return
		}
	}
}

// removeFrom removes the lines of a header, the first of which is known.
func (l *Lines) removeFrom(first int, name string) {
	kept := (*l)[:first]
	for _, line := range (*l)[first+1:] {
		if line.Name != name {
			kept = append(kept, line)
		}
	}
	clear((*l)[len(kept):])
	*l = kept
}

// Rename gives the lines of a header another name, in place of those of that name.
func (l *Lines) Rename(name, to string) {
	if l.Has(name) {
		l.Remove(to)
	}
	for i := range *l {
		if (*l)[i].Name == name {
			(*l)[i].Name = to
		}
	}
}

// Header returns the lines as net/http has them.
func (l Lines) Header() http.Header {
	h, values := make(http.Header, len(l)), make([]string, len(l))
	for i, line := range l {
		values[i] = line.Value
		if others := h[line.Name]; others != nil {
			h[line.Name] = append(others, line.Value)
			continue
		}
		h[line.Name] = values[i : i+1 : i+1]
	}
	return h
}

// linesOf returns the lines of a header.
func linesOf(h http.Header) Lines {
	l := make(Lines, 0, len(h)+4)
	for name, values := range h {
		l.Add(name, values...)
	}
	return l
}
