package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// TestGRPC calls a real gRPC server through the gateway, with a real client. The routes
// lead to it without TLS and with TLS.
func TestGRPC(t *testing.T) {
	t.Parallel()
	clear, secure := newGRPCServer(t), newGRPCServer(t, grpc.Creds(serverTLS(t)))
	gone := freePort(t)
	s := newRobots(t, "", fmt.Sprintf(`
  - {from: "https://clear.{host}", to: "h2c://%[1]s", allowed_users: [service-account/robot], pass_identity_headers: true}
  - {from: "https://secure.{host}", to: "https://localhost:%[2]s", allowed_users: [service-account/robot], pass_identity_headers: true}
  - {from: "https://gone.{host}", to: "h2c://127.0.0.1:%[3]d", allowed_users: [service-account/robot]}
  - {from: "https://brief.{host}", to: "h2c://%[1]s", allowed_users: [service-account/robot], timeout: 50ms}
`, clear.address, portOf(t, secure.address), gone))
	for host, server := range map[string]*grpcServer{"clear": clear, "secure": secure} {
		t.Run(host, func(t *testing.T) { callThrough(t, s.calls(t, host, s.robot), server) })
	}
	s.endsStream(t, clear)
	for _, tt := range []struct {
		name, host, token string
		want              codes.Code
	}{
		{"nobody", "clear", "", codes.Unauthenticated},
		{"a token that nobody made", "clear", s.robot[:len(s.robot)-4] + "AAAA", codes.Unauthenticated},
		{"who may not", "clear", s.other, codes.PermissionDenied},
		{"a host without a route", "unknown", s.robot, codes.Unimplemented},
		{"an upstream that is gone", "gone", s.robot, codes.Unavailable},
		{"longer than the route allows", "brief", s.robot, codes.DeadlineExceeded},
	} {
		_, err := s.calls(t, tt.host, tt.token).UnaryCall(bounded(t), &grpc_testing.SimpleRequest{Payload: payload("wait")})
		if got := status.Convert(err); got.Code() != tt.want || got.Message() == "" {
			t.Errorf("%s: got %v %q, want %v and a word about it", tt.name, got.Code(), got.Message(), tt.want)
		}
	}
}

// endsStream takes the right of a service account away while it speaks with the server.
func (s *robots) endsStream(t *testing.T, server *grpcServer) {
	t.Helper()
	both, err := s.calls(t, "clear", s.robot).FullDuplexCall(bounded(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := says(both, "hello"); err != nil {
		t.Fatal(err)
	}
	command(t, nil, "keys", "revoke", "--config", s.config, s.robotKey)
	if heard, err := both.Recv(); status.Code(err) != codes.Unauthenticated || status.Convert(err).Message() == "" {
		t.Errorf("a stream of a revoked account: got %v and the error %v, want UNAUTHENTICATED and a word about it", heard, err)
	}
	if err := <-server.ended; err != context.Canceled {
		t.Errorf("the call of the server ended with %v", err)
	}
	s.robot, s.robotKey = s.account(t, "robot")
}

// callThrough makes a call of each kind.
func callThrough(t *testing.T, c grpc_testing.TestServiceClient, server *grpcServer) {
	ctx := metadata.AppendToOutgoingContext(bounded(t), "x-said", "hello", "x-said-bin", "\x00\xff", "x-pomerium-jwt-assertion", "forged")

	var header, trailer metadata.MD
	big := strings.Repeat("0123456789abcdef", 1<<20)
	got, err := c.UnaryCall(ctx, &grpc_testing.SimpleRequest{Payload: payload(big)}, grpc.Header(&header), grpc.Trailer(&trailer))
	if err != nil || string(got.GetPayload().GetBody()) != big {
		t.Fatalf("a message of %d bytes: got %d bytes and the error %v", len(big), len(got.GetPayload().GetBody()), err)
	}
	if h, b := header.Get("x-said"), trailer.Get("x-said-bin"); len(h) != 1 || h[0] != "hello" || len(b) != 1 || b[0] != "\x00\xff" {
		t.Errorf("got the header %v and the trailer %v, want what was sent", header, trailer)
	}
	if strings.Count(got.GetUsername(), ".") != 2 {
		t.Errorf("the server got the assertion %q, want that of the gateway", got.GetUsername())
	}

	_, err = c.UnaryCall(ctx, &grpc_testing.SimpleRequest{ResponseStatus: &grpc_testing.EchoStatus{Code: int32(codes.FailedPrecondition), Message: "not yet: ☃\n"}}, grpc.Trailer(&trailer))
	if s := status.Convert(err); s.Code() != codes.FailedPrecondition || s.Message() != "not yet: ☃\n" || len(s.Details()) != 1 || len(trailer.Get("x-said-bin")) != 1 {
		t.Errorf("a failed call: got %v, the details %v and the trailer %v, want those of the server", s, s.Details(), trailer)
	}
	if _, err = c.UnimplementedCall(ctx, &grpc_testing.Empty{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("a method that the server does not have: got %v", err)
	}

	down, err := c.StreamingOutputCall(ctx, &grpc_testing.StreamingOutputCallRequest{ResponseParameters: make([]*grpc_testing.ResponseParameters, 100)})
	n := 0
	for ; err == nil; n++ {
		_, err = down.Recv()
	}
	if err != io.EOF || n != 101 {
		t.Errorf("a stream from the server: got %d messages and the error %v, want 100 and the end", n-1, err)
	}

	up, err := c.StreamingInputCall(ctx)
	for i := 0; i < 100 && err == nil; i++ {
		err = up.Send(&grpc_testing.StreamingInputCallRequest{Payload: payload(big[:100<<10])})
	}
	if sum, last := up.CloseAndRecv(); err != nil || last != nil || sum.GetAggregatedPayloadSize() != 100*100<<10 {
		t.Errorf("a stream to the server: got %v, %v and %v", sum, err, last)
	}

	talk(t, ctx, c, server)
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if got, err := c.UnaryCall(limited, &grpc_testing.SimpleRequest{Payload: payload("limit")}); err != nil || string(got.GetPayload().GetBody()) != "limited" {
		t.Errorf("a call with a deadline: got %v and the error %v, want the server to know it", got, err)
	}
	limited, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	if _, err := c.UnaryCall(limited, &grpc_testing.SimpleRequest{Payload: payload("wait")}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("a call that takes longer than its deadline: got %v", err)
	}
	<-server.ended
}

// talk speaks with the server, message by message, and then leaves without a word.
func talk(t *testing.T, ctx context.Context, c grpc_testing.TestServiceClient, server *grpcServer) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	both, err := c.FullDuplexCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"hello", "again"} {
		if err := says(both, said); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-server.ended; err != context.Canceled {
		t.Errorf("after the client left, the call of the server ended with %v", err)
	}
}

// says sends a message, and waits for it to come back while the stream is open.
func says(both grpc_testing.TestService_FullDuplexCallClient, said string) error {
	if err := both.Send(&grpc_testing.StreamingOutputCallRequest{Payload: payload(said)}); err != nil {
		return err
	}
	heard, err := both.Recv()
	if err != nil || string(heard.GetPayload().GetBody()) != said {
		return fmt.Errorf("got %v and the error %w, want %q", heard, err, said)
	}
	return nil
}

// grpcServer is gRPC's own service for tests.
type grpcServer struct {
	grpc_testing.UnimplementedTestServiceServer
	address string
	ended   chan error // how the context of a call ended that waited for it
}

func newGRPCServer(t *testing.T, options ...grpc.ServerOption) *grpcServer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &grpcServer{address: ln.Addr().String(), ended: make(chan error, 10)}
	server := grpc.NewServer(append(options, grpc.MaxRecvMsgSize(64<<20))...)
	grpc_testing.RegisterTestServiceServer(server, s)
	go server.Serve(ln)
	t.Cleanup(server.Stop)
	return s
}

// UnaryCall sends the payload back, or fails as the request says. It shows the assertion
// as the name of the user.
func (s *grpcServer) UnaryCall(ctx context.Context, r *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
	sent, _ := metadata.FromIncomingContext(ctx)
	grpc.SetHeader(ctx, metadata.MD{"x-said": sent.Get("x-said")})
	grpc.SetTrailer(ctx, metadata.MD{"x-said-bin": sent.Get("x-said-bin")})
	if want := r.GetResponseStatus(); want != nil {
		failure, err := status.New(codes.Code(want.GetCode()), want.GetMessage()).WithDetails(want)
		if err != nil {
			return nil, err
		}
		return nil, failure.Err()
	}
	answer := &grpc_testing.SimpleResponse{Payload: r.GetPayload(), Username: strings.Join(sent.Get("x-pomerium-jwt-assertion"), ", ")}
	switch string(r.GetPayload().GetBody()) {
	case "limit":
		if _, limited := ctx.Deadline(); limited {
			answer.Payload = payload("limited")
		}
	case "wait":
		<-ctx.Done()
		s.ended <- ctx.Err()
		return nil, status.FromContextError(ctx.Err()).Err() // an answer could still come in time
	}
	return answer, nil
}

func (s *grpcServer) StreamingOutputCall(r *grpc_testing.StreamingOutputCallRequest, stream grpc_testing.TestService_StreamingOutputCallServer) error {
	for range r.GetResponseParameters() {
		if err := stream.Send(&grpc_testing.StreamingOutputCallResponse{Payload: payload("one")}); err != nil {
			return err
		}
	}
	return nil
}

func (s *grpcServer) StreamingInputCall(stream grpc_testing.TestService_StreamingInputCallServer) error {
	var sum int
	for {
		r, err := stream.Recv()
		if err == io.EOF {
			return stream.SendAndClose(&grpc_testing.StreamingInputCallResponse{AggregatedPayloadSize: int32(sum)})
		}
		if err != nil {
			return err
		}
		sum += len(r.GetPayload().GetBody())
	}
}

func (s *grpcServer) FullDuplexCall(stream grpc_testing.TestService_FullDuplexCallServer) error {
	for {
		r, err := stream.Recv()
		if err != nil {
			<-stream.Context().Done()
			s.ended <- stream.Context().Err()
			return err
		}
		if err := stream.Send(&grpc_testing.StreamingOutputCallResponse{Payload: r.GetPayload()}); err != nil {
			return err
		}
	}
}

func payload(body string) *grpc_testing.Payload { return &grpc_testing.Payload{Body: []byte(body)} }

func serverTLS(t *testing.T) credentials.TransportCredentials {
	t.Helper()
	c, err := credentials.NewServerTLSFromFile(suite.authority.cert, suite.authority.key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// calls returns a client of the test service behind a host of the gateway.
func (s *robots) calls(t *testing.T, host, token string) grpc_testing.TestServiceClient {
	t.Helper()
	return newTestService(t, s.port, host, token)
}

func newTestService(t *testing.T, port int, host, token string) grpc_testing.TestServiceClient {
	t.Helper()
	conn, err := grpc.NewClient(fmt.Sprintf("passthrough:///%s.localhost:%d", host, port),
		grpc.WithTransportCredentials(credentials.NewTLS(newTransport(t).TLSClientConfig)),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		}),
		grpc.WithPerRPCCredentials(bearer(token)), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return grpc_testing.NewTestServiceClient(conn)
}

// bearer is a token that goes with every call; "" is none.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	if b == "" {
		return nil, nil
	}
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (bearer) RequireTransportSecurity() bool { return true }
