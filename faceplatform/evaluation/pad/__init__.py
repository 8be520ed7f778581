"""Error rates of presentation attack detection, in the terms of ISO/IEC 30107-3."""
