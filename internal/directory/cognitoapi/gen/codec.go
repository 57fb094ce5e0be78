package main

func emitDecoders(e *emitter) {
	for _, s := range e.model.structures {
		if s.inInput {
			e.decoder(s)
		}
	}
}

func (e *emitter) decoder(s *shape) {
	e.line("func (x *%s) decode(d *decoder) {", s.goName)
	e.line("for name := range d.members() {\nswitch name {")
	for _, m := range s.members() {
		e.line("case %q:\nx.%s = %s", m.name, m.goName, reader(m))
	}
	e.line("default:\nd.skip()\n}\n}\n}\n")
}

// reader returns the call that decodes one member.
func reader(m *member) string {
	switch s := m.shape; s.Type {
	case "string":
		if m.isSecret() {
			return "d.secret()"
		}
		return "d.text()"
	case "boolean":
		return "d.boolean()"
	case "integer":
		return "d.integer()"
	case "long", "timestamp":
		panic("the decoder cannot read the type " + s.Type + " of the member " + m.name + ": no input had this type before")
	case "blob":
		return "d.blob()"
	case "list":
		if s.Member.shape.Type == "string" {
			return "d.texts()"
		}
		if s.nullsAreFaults {
			return "decodeListWithNulls[" + s.Member.shape.goName + "](d)"
		}
		return "decodeList[" + s.Member.shape.goName + "](d)"
	case "map":
		if s.Value.shape.Type == "string" {
			return "d.textMap()"
		}
		return "decodeMap[" + s.Value.shape.goName + "](d)"
	default:
		if s.Document {
			return "d.document()"
		}
		return "decodeOne[" + s.goName + "](d)"
	}
}

func emitEncoders(e *emitter) {
	for _, s := range e.model.structures {
		if s.inOutput {
			e.encoder(s)
		}
	}
}

// emitTestEncoders writes the encoders that only a client needs. Tests use them to
// check that a decoded input is the one that was sent.
func emitTestEncoders(e *emitter) {
	for _, s := range e.model.structures {
		if !s.inOutput {
			e.encoder(s)
		}
	}
}

func (e *emitter) encoder(s *shape) {
	if len(s.Members) == 0 {
		e.line("func (x *%s) encode(e *encoder) { e.empty() }\n", s.goName)
		return
	}
	e.line("func (x *%s) encode(e *encoder) {\ne.open()", s.goName)
	for _, m := range s.members() {
		e.line("%s", writer(m))
	}
	e.line("e.close()\n}\n")
}

// writer returns the statement that encodes one member.
func writer(m *member) string {
	args := `("` + m.name + `", x.` + m.goName + ")"
	generic := `(e, "` + m.name + `", x.` + m.goName + ")"
	switch s := m.shape; s.Type {
	case "string":
		if m.isSecret() {
			return "e.secret" + args
		}
		return "e.text" + args
	case "boolean":
		return "e.boolean" + args
	case "integer", "long":
		return "e.integer" + args
	case "timestamp":
		return "e.timestamp" + args
	case "blob":
		return "e.blob" + args
	case "list":
		if s.Member.shape.Type == "string" {
			return "e.texts" + args
		}
		return "encodeList" + generic
	case "map":
		if s.Value.shape.Type == "string" {
			return "e.textMap" + args
		}
		return "encodeMap" + generic
	default:
		if s.Document {
			return "e.document" + args
		}
		return "encodeOne" + generic
	}
}
