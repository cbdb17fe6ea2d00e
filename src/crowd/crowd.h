/* crowd/crowd.h: how people come, queue, walk and leave: the simulation under rehearsal, forecast and debrief.
 *
 *   people.h    who they are: bodies, speeds, service times, arrival curves          measure.h   what is read off:
 *   network.h   many people through areas, links and checkpoints (the meso level)       density, flow, levels,
 *   scene.h     each walker in the true geometry (the micro level)                      intervals
 *
 * Include this file alone. It knows no plan, no file and no clock: a plan becomes a network or a scene in rehearse/.
 * Everything is metres, seconds from an origin of the caller's, and people. The same input and the same seed give the
 * same bytes, with any number of threads. Errors are values (base/error.h); out-parameters are written only on success.
 * Nothing here is global: two networks or scenes may run side by side in two threads.
 *
 * First-order models (both levels) do not know forces: in a crush (over some 5 people /m2) they say that it is one, and
 * nothing about pressure. Whoever shows a figure must show crowd_caution() where it says so.
 */
#ifndef CORDON_CROWD_CROWD_H
#define CORDON_CROWD_CROWD_H

#include "crowd/measure.h"
#include "crowd/network.h"
#include "crowd/people.h"
#include "crowd/scene.h"

#define CROWD_CRUSH_PPL_M2 5.0 /* from here on a first-order model is no guide: see shared sources, EPJ and Still */

#endif
