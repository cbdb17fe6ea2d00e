/* server/bounds.h: every maximum of the server, with its reason. */
#ifndef CORDON_SERVER_BOUNDS_H
#define CORDON_SERVER_BOUNDS_H

#define PEERS_MAX 14000                 /* connections at once: 10,000 idle ones and room for those that work */
#define PEERS_OF_ADDRESS_MAX 2000       /* of one address: a gate network behind one router; loopback is exempt \
		(proxies) */
#define SILENT_S 10                     /* from connecting to the first whole head */
#define BODY_STILL_S 30                 /* a body must make progress */
#define BODY_SMALL_BYTES 8192           /* up to here all of it must come within that time, like a head */
#define ANSWER_STILL_S 60               /* an answer must be taken */
#define LINGER_S 2                      /* to throw away what comes after an answer that closes */
#define CLOSE_S 5                       /* for a WebSocket to close in order */
#define IDLE_S 60                       /* keep-alive between two requests */
#define DRAIN_S 10                      /* at the end: what still waits is cut */
#define HEAD_BYTES_MAX 8192             /* method, address, headers; browsers send about 1 KiB */
#define READ_BYTES 65536                /* of one read */
#define ANSWER_COPIED_BYTES_MAX ((size_t)64 << 20) /* an answer that is built in memory: a large session's plan */
#define DISCARD_BYTES_MAX 1048576       /* of a refused body before the connection is closed instead */
#define QUERY_MAX 12                    /* parameters in an address */
#define RAW_KEPT_BYTES_MAX (320u * 1024u) /* one MQTT packet (256 KiB) and one read */
#define RAW_WAITING_BYTES_MAX (256u * 1024u) /* acknowledgements that a client does not take */
#define BODIES_BYTES_MAX (256u << 20)   /* documents in memory at once, all connections together */
#define BODIES_OF_ONE_BYTES_MAX (128u << 20) /* of one account: two plans, and others can still send theirs */
#define BODY_UNCOUNTED_BYTES 65536      /* what operators say must not wait for a place among documents */
#define SOCKETS_MAX 2000                /* WebSocket clients */
#define SOCKETS_OF_ONE_MAX 1000         /* of one account: others must find a place too */
#define SOCKET_FRAME_BYTES_MAX 4096     /* what a browser may say in one message */
#define SOCKET_WAITING_BYTES_MAX (1u << 20) /* deltas that a slow reader has not taken: then a fresh state instead */
#define SOCKET_STUCK_S 30               /* and if it still takes nothing */
#define SOCKET_PING_S 20
#define REJECTED_LISTED_MAX 1000        /* rejected lines told one by one; the rest is counted */
#define WORKERS 2                       /* for what is slow, at a lower priority; one more for what is owed */
#define WORK_WAITING_MAX 64
#define WORK_OF_ONE_MAX 12              /* of one account (or address, before sign-in) */
#define WORK_OF_STRANGERS_MAX 12        /* sign-ins from addresses that nobody has signed in from */
#define WORK_OWED_MAX 4096              /* audit lines of what is in the journal: as many inputs as live/ takes at once */

#endif
