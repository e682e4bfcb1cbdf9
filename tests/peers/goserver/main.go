// Command goserver serves gRPC's own TestService and health service from grpc-go, for tests of a client in another language.
//
// It prints "port N" and ends when its standard input is closed, so that it never outlives the tests.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
)

type testServer struct {
	testpb.UnimplementedTestServiceServer
}

func failure(asked *testpb.EchoStatus) error {
	if asked.GetCode() == 0 {
		return nil
	}
	return status.Error(codes.Code(asked.GetCode()), asked.GetMessage())
}

func payload(size int32) *testpb.Payload {
	return &testpb.Payload{Body: []byte(strings.Repeat("x", int(size)))}
}

func (testServer) EmptyCall(context.Context, *testpb.Empty) (*testpb.Empty, error) {
	return &testpb.Empty{}, nil
}

// UnaryCall sends the payload back, or one of response_size bytes; fill_username answers with the caller's token.
func (testServer) UnaryCall(ctx context.Context, in *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
	if err := failure(in.GetResponseStatus()); err != nil {
		return nil, err
	}
	out := &testpb.SimpleResponse{Payload: in.GetPayload()}
	if in.GetResponseSize() > 0 {
		out.Payload = payload(in.GetResponseSize())
	}
	if in.GetFillUsername() {
		received, _ := metadata.FromIncomingContext(ctx)
		out.Username = strings.Join(received.Get("token"), ",")
	}
	return out, nil
}

func (testServer) StreamingOutputCall(in *testpb.StreamingOutputCallRequest, stream grpc.ServerStreamingServer[testpb.StreamingOutputCallResponse]) error {
	for range times(stream.Context()) {
		for _, asked := range in.GetResponseParameters() {
			if err := stream.Send(&testpb.StreamingOutputCallResponse{Payload: payload(asked.GetSize())}); err != nil {
				return err
			}
		}
	}
	return failure(in.GetResponseStatus())
}

func (testServer) StreamingInputCall(stream grpc.ClientStreamingServer[testpb.StreamingInputCallRequest, testpb.StreamingInputCallResponse]) error {
	var size int32
	for {
		in, err := stream.Recv()
		if err == io.EOF {
			return stream.SendAndClose(&testpb.StreamingInputCallResponse{AggregatedPayloadSize: size})
		}
		if err != nil {
			return err
		}
		size += int32(len(in.GetPayload().GetBody()))
	}
}

func (testServer) FullDuplexCall(stream grpc.BidiStreamingServer[testpb.StreamingOutputCallRequest, testpb.StreamingOutputCallResponse]) error {
	for {
		in, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := failure(in.GetResponseStatus()); err != nil {
			return err
		}
		for _, asked := range in.GetResponseParameters() {
			if err := stream.Send(&testpb.StreamingOutputCallResponse{Payload: payload(asked.GetSize())}); err != nil {
				return err
			}
		}
	}
}

func security(certificate, key, clientCA string) []grpc.ServerOption {
	if certificate == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		log.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if clientCA != "" {
		data, err := os.ReadFile(clientCA)
		if err != nil {
			log.Fatal(err)
		}
		config.ClientCAs = x509.NewCertPool()
		config.ClientCAs.AppendCertsFromPEM(data)
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return []grpc.ServerOption{grpc.Creds(credentials.NewTLS(config))}
}

// times is how often the caller's metadata asks for the answers, as in "times: 1000": a stream of any length.
func times(ctx context.Context) int {
	received, _ := metadata.FromIncomingContext(ctx)
	for _, value := range received.Get("times") {
		if number, err := strconv.Atoi(value); err == nil {
			return number
		}
	}
	return 1
}

// asked is the failure that the caller's metadata asks for under a key, as in "fail-late: 5".
func asked(ctx context.Context, key string) error {
	received, _ := metadata.FromIncomingContext(ctx)
	for _, value := range received.Get(key) {
		code, err := strconv.Atoi(value)
		if err != nil {
			return status.Error(codes.Internal, err.Error())
		}
		return status.Error(codes.Code(code), key)
	}
	return nil
}

func failingUnary(ctx context.Context, in any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if err := asked(ctx, "fail-early"); err != nil {
		return nil, err
	}
	out, err := handler(ctx, in)
	if late := asked(ctx, "fail-late"); late != nil {
		return nil, late
	}
	return out, err
}

func failingStream(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if err := asked(stream.Context(), "fail-early"); err != nil {
		return err
	}
	if err := handler(service, stream); err != nil {
		return err
	}
	return asked(stream.Context(), "fail-late")
}

var failures = []grpc.ServerOption{grpc.UnaryInterceptor(failingUnary), grpc.StreamInterceptor(failingStream)}

func main() {
	offered := flag.String("reflection", "both", "v1, v1alpha, both or none")
	certificate := flag.String("cert", "", "a PEM file: serve TLS with this certificate")
	key := flag.String("key", "", "a PEM file: the key of the certificate")
	clientCA := flag.String("client-ca", "", "a PEM file: want a certificate of the client, signed by this CA")
	flag.Parse()
	server := grpc.NewServer(append(security(*certificate, *key, *clientCA), failures...)...)
	testpb.RegisterTestServiceServer(server, testServer{})
	healthpb.RegisterHealthServer(server, health.NewServer())
	switch *offered {
	case "both":
		reflection.Register(server)
	case "v1":
		reflection.RegisterV1(server)
	case "v1alpha":
		reflectionv1alpha.RegisterServerReflectionServer(server, reflection.NewServer(reflection.ServerOptions{Services: server}))
	case "none":
	default:
		log.Fatalf("-reflection %s: not v1, v1alpha, both or none", *offered)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		server.Stop()
	}()
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
}
