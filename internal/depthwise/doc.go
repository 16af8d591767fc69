package depthwise
