# Varnish answering from memory, as it comes: it heeds the origin's Cache-Control. Text is compressed once, as it is stored.
vcl 4.1;

backend origin {
  .host = "${ORIGIN_HOST}";
  .port = "${ORIGIN_PORT}";
}

sub vcl_backend_response {
  if (beresp.http.Content-Type ~ "text/plain" && bereq.url ~ "^/kept-text") {
    set beresp.do_gzip = true;
  }
}
